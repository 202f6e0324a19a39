# spillway. `make run` starts it, `make check` tests it, `make help` lists the rest.
#
# Objects go to build/MODE/, so the modes live side by side. Nothing here needs a
# tool at the moment it is read: on a bare Debian with only make and git, `make run`
# and `make check` first install what is missing and then call make again.

MODE ?= release
B    := build/$(MODE)
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
ARCH := $(shell uname -m)
# Quiet lines ("CC src/…"); `make V=1` shows the commands.
Q    := $(if $(V),,@)
show  = $(if $(V),,@printf '%-5s %s\n' $(1) $(2))

# ---- what to build -------------------------------------------------------------
LIB_SRC    := $(sort $(wildcard src/*/*.c))
UI_SRC     := $(sort $(wildcard ui/*.c))
TEST_SRC   := $(sort $(wildcard tests/unit/*/test_*.c))
HELP_SRC   := $(sort $(wildcard tests/lib/*.c))
SIM_SRC    := $(sort $(wildcard tests/sim/*.c))
STRESS_SRC := $(sort $(wildcard tests/stress/*.c))
TOOLS_SRC  := $(sort $(wildcard tests/tools/*.c))
BENCH_SRC  := $(sort $(wildcard bench/*.c))
SCRIPTS    := $(sort $(wildcard tests/scripts/test-*.sh))
PURE       := base record state flow workload control burst faas replica

obj = $(patsubst %.c,$(B)/%.o,$(1))
LIB      := $(B)/libspillway.a
PROGRAM  := $(if $(filter release,$(MODE)),spillway,$(B)/spillway)
UNIT     := $(if $(TEST_SRC),$(B)/unit_tests)
SIM      := $(if $(SIM_SRC),$(B)/sim_seeds)
TOOLS    := $(patsubst tests/tools/%.c,$(B)/tools/%,$(TOOLS_SRC))
STRESS   := $(patsubst tests/stress/%.c,$(B)/stress/%,$(STRESS_SRC))
MAKE_DOCS := $(B)/make_docs
DOCS_SRC := $(sort $(wildcard docs/make/*.c))
BENCH    := $(patsubst bench/%.c,$(B)/bench/%,$(BENCH_SRC))
PURE_OBJ := $(call obj,$(filter $(PURE:%=src/%/%),$(LIB_SRC)))

# ---- compiler and flags ----------------------------------------------------------
ifeq ($(origin CC),default)
CC := $(if $(filter clang,$(MODE)),clang,gcc)
endif

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 \
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla -Wundef -Wcast-qual \
  -Wcast-align -Wpointer-arith -Wwrite-strings -Wimplicit-fallthrough -Wdouble-promotion \
  -Wnull-dereference
ifeq (,$(findstring clang,$(CC)))
WARN += -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init
endif

# -ffp-contract=off: a compiler may not fuse a multiply and an add, so the same run
# gives the same bytes wherever it is built. Assertions stay on in every mode.
BASE_FLAGS := -std=c11 -D_GNU_SOURCE -pthread -g -fno-common -fno-omit-frame-pointer \
  -ffp-contract=off
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
  $(if $(filter x86_64,$(ARCH)),-fstack-clash-protection -fcf-protection) -fPIE
HARDEN_LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack

FLAGS_release := -O2 $(HARDEN)
FLAGS_strict  := -O2 $(HARDEN) -Werror
FLAGS_clang   := -O2 $(HARDEN)
FLAGS_plant   := -O2 $(HARDEN) -DSPILLWAY_PLANTS
FLAGS_debug   := -Og
FLAGS_O0      := -O0
FLAGS_cover   := -O0 --coverage
FLAGS_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_tsan    := -O1 -fsanitize=thread
LINK_release  := $(HARDEN_LINK)
LINK_strict   := $(HARDEN_LINK)
LINK_clang    := $(HARDEN_LINK)
LINK_plant    := $(HARDEN_LINK)
ifeq ($(FLAGS_$(MODE)),)
$(error MODE=$(MODE): unknown; one of release debug O0 strict clang plant asan tsan cover)
endif

COMPILE = $(CC) $(BASE_FLAGS) $(WARN) $(FLAGS_$(MODE)) -Isrc -I. $(CPPFLAGS) $(CFLAGS) -MMD -MP
LINK    = $(CC) -pthread $(FLAGS_$(MODE)) $(LINK_$(MODE)) -Wl,--as-needed $(LDFLAGS)
LIBS    := -lncursesw -lcjson -lmicrohttpd -lcurl -lcrypto

# ---- Debian packages ---------------------------------------------------------------
PACKAGES_RUN   := gcc libc6-dev make libncurses-dev libcjson-dev libcurl4-openssl-dev \
  libmicrohttpd-dev libssl-dev ca-certificates
# Not needed to build: experiments draw their figures with it.
PACKAGES_PLOT  := gnuplot-nox
PACKAGES_CHECK := libcriterion-dev tmux curl
PACKAGES_FUNCTIONS := python3 python3-venv default-jdk-headless maven curl
ENSURE := sh tests/scripts/packages.sh

# Sub-makes work in parallel, unless the person at the keyboard chose a -j.
AGAIN = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS) -Otarget)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: faults all run check functions functions-check allocations build build-check layers pure scripts sim-short unit sim stress \
  asan asan-run tsan tsan-run bench cover cover-run docs fmt fmt-check tidy golden deps clean help \
  packages planted FORCE

## Everyday
all: $(PROGRAM)                ## build ./spillway (the default)

run:                           ## install what is missing, build, start ./spillway
	@$(ENSURE) install $(PACKAGES_RUN) $(PACKAGES_PLOT)
	+@$(AGAIN) spillway
	@exec ./spillway

check:                         ## install what is missing, build, run every test
	@$(ENSURE) install $(PACKAGES_RUN) $(PACKAGES_PLOT) $(PACKAGES_CHECK)
	+@$(AGAIN) build-check
	+@$(AGAIN) layers pure sim-short scripts allocations
	+@$(AGAIN) unit

functions:                     ## AWS's runtimes for Python and Java handlers, and its clients (network)
	@$(ENSURE) install $(PACKAGES_FUNCTIONS)
	+@$(AGAIN) -C functions runtimes clients package

functions-check:               ## tests of the handlers, in AWS's own runtimes and with its own clients
	@$(ENSURE) install $(PACKAGES_RUN) $(PACKAGES_FUNCTIONS)
	+@$(AGAIN) $(PROGRAM) $(TOOLS)
	+@$(AGAIN) functions
	+@$(AGAIN) -C functions test
	@SPILLWAY=./$(PROGRAM) sh functions/check/all.sh

deps:                          ## install the Debian packages that `run` and `check` need
	@$(ENSURE) install $(PACKAGES_RUN) $(PACKAGES_PLOT) $(PACKAGES_CHECK)

## Parts of check
build-check: $(PROGRAM) $(MAKE_DOCS) $(UNIT) $(SIM) $(STRESS) $(TOOLS) planted

# A build that can lose, repeat or swap one record: proves that the ledger would tell.
planted:
	+@$(AGAIN) MODE=plant build/plant/spillway

layers:                        ## includes go only up the list of folders; proves that it can fail
	@sh tests/scripts/layers.sh .
	@sh tests/scripts/selftest-layers.sh

pure: $(PURE_OBJ)              ## pure folders call nothing and keep no state; proves that it can fail
	@sh tests/scripts/pure.sh $(PURE_OBJ)
	@sh tests/scripts/selftest-pure.sh "$(COMPILE)" $(PURE_OBJ)

sim-short: $(SIM)              ## 50 seeds of the simulator
	@$(if $(SIM),sh tests/scripts/sim.sh $(SIM) 50 1 $(JOBS),:)

scripts: $(PROGRAM) $(MAKE_DOCS) $(TOOLS) planted    ## the program as its users run it: tests/scripts/test-*.sh
	@SPILLWAY=./$(PROGRAM) MAKE_DOCS=./$(MAKE_DOCS) PLANTED=build/plant/spillway TOOLS=$(B)/tools \
	  sh tests/scripts/each.sh $(JOBS) $(SCRIPTS)

allocations: $(B)/bench/allocations   ## none while records flow: measured
	@$< > $(B)/allocations.txt && echo 'ok    allocations' || { cat $(B)/allocations.txt; exit 1; }

unit: $(UNIT) $(TOOLS)         ## unit tests (Criterion); T='suite/name' runs some of them
	@$(if $(UNIT),$(UNIT_ENV) ./$(UNIT) -j$(JOBS) $(if $(T),--filter '$(T)'),echo 'no unit test')

## Deeper
sim: $(SIM)                    ## SEEDS=1000 FROM=1: seeded runs of the simulator
	@sh tests/scripts/sim.sh ./$(B)/sim_seeds $(or $(SEEDS),1000) $(or $(FROM),1) $(JOBS)

faults: $(PROGRAM) $(SIM)      ## live runs under every fault, 20 s each (SECONDS=), then 1000 seeds
	@sh tests/scripts/faults.sh ./$(PROGRAM) $(or $(SECONDS),20)
	@sh tests/scripts/sim.sh ./$(B)/sim_seeds 1000 1 $(JOBS)

stress: $(STRESS) $(TOOLS)      ## programs that hammer the rings and the live engine
	@for p in $(STRESS); do echo "stress $$p"; $(STRESS_ENV) $$p || exit 1; done

asan:                          ## address and undefined-behaviour sanitizers over all tests
	@$(ENSURE) install $(PACKAGES_RUN) $(PACKAGES_PLOT) $(PACKAGES_CHECK)
	+@$(AGAIN) MODE=asan build-check
	@$(MAKE) --no-print-directory MODE=asan asan-run

SANITIZE_ENV := ASAN_OPTIONS=abort_on_error=1:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
  LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0
# One unit test at a time: with more, Criterion's own process leaks a little of its own.
asan-run:
	@$(SANITIZE_ENV) sh tests/scripts/selftest-sanitizer.sh asan "$(COMPILE)" "$(LINK)"
	@$(SANITIZE_ENV) sh tests/scripts/live.sh ./$(PROGRAM)
	@$(SANITIZE_ENV) $(MAKE) --no-print-directory sim-short stress scripts
	@$(SANITIZE_ENV) $(MAKE) --no-print-directory JOBS=1 unit

tsan:                          ## thread sanitizer: stress programs and live runs
	@$(ENSURE) install $(PACKAGES_RUN)
	+@$(AGAIN) MODE=tsan build/tsan/spillway $(patsubst tests/stress/%.c,build/tsan/stress/%,$(STRESS_SRC)) \
	  $(patsubst tests/tools/%.c,build/tsan/tools/%,$(TOOLS_SRC))
	@$(MAKE) --no-print-directory MODE=tsan tsan-run

# Kernels that spread addresses widely make this gcc's TSan stop at start: hence setarch -R.
tsan-run: STRESS_ENV = $(TSAN_RUN)
tsan-run: TSAN_RUN := TSAN_OPTIONS=halt_on_error=1 sh tests/scripts/fixed-addresses.sh
tsan-run: $(PROGRAM) $(STRESS) $(TOOLS)
	@$(TSAN_RUN) sh tests/scripts/selftest-sanitizer.sh tsan "$(COMPILE)" "$(LINK)"
	@for p in $(STRESS); do echo "stress $$p"; $(TSAN_RUN) $$p || exit 1; done
	@$(TSAN_RUN) sh tests/scripts/live.sh ./$(PROGRAM)

bench:                         ## one plain program per question, JSON lines out
	+@$(AGAIN) $(PROGRAM) $(BENCH)
	@for p in $(BENCH); do $$p || exit 1; done

cover:                         ## share of lines that the unit tests reach, least first
	+@$(AGAIN) MODE=cover build/cover/unit_tests
	@$(MAKE) --no-print-directory MODE=cover cover-run
cover-run: $(UNIT)
	@find $(B) -name '*.gcda' -delete
	@./$(UNIT) -j$(JOBS)
	@sh tests/scripts/cover.sh $(call obj,$(LIB_SRC) $(UI_SRC))

golden: $(UNIT) $(PROGRAM)     ## rewrite expected texts in tests/golden (review them as a diff)
	@SPILLWAY_GOLDEN=write ./$(UNIT) -j$(JOBS) || true
	@git diff --stat -- tests/golden

docs: $(PROGRAM) $(MAKE_DOCS)  ## write manual page, cheat sheet, screens anew from the program
	@sh docs/make/docs.sh ./$(PROGRAM) ./$(MAKE_DOCS) .

## Housekeeping
C_FILES = $(sort $(wildcard src/*.h src/*/*.[ch] ui/*.[ch] tests/*/*.[ch] tests/unit/*/*.[ch] bench/*.[ch] docs/make/*.[ch]))
fmt:                           ## format all C files (clang-format 14)
	@clang-format -i $(C_FILES)
fmt-check:                     ## say which C files `make fmt` would change
	@clang-format --dry-run --Werror $(C_FILES)

tidy:                          ## clang-tidy, then gcc's own analyzer
	@clang-tidy --quiet $(LIB_SRC) $(UI_SRC) -- $(BASE_FLAGS) -O1 -Isrc -I. \
	  -DSPILLWAY_COMMIT='"tidy"'
	@for f in $(LIB_SRC) $(UI_SRC); do gcc $(BASE_FLAGS) -O2 -Isrc -I. -fanalyzer -Werror \
	  -DSPILLWAY_COMMIT='"tidy"' -c $$f -o /dev/null || exit 1; done

clean:                         ## remove build/ and ./spillway
	rm -rf build spillway

help:                          ## this list
	@awk -F ':.*## ' '/^## /{print "\n" substr($$0, 4)} /^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' \
	  Makefile
	@printf '\nMODE=%s (or debug O0 strict clang plant asan tsan), V=1 shows the commands.\n' $(MODE)

# ---- rules ---------------------------------------------------------------------------
# Plain `make` installs nothing: it says what is missing and how to get it.
packages:
	@$(ENSURE) say $(PACKAGES_RUN)

$(B)/%.o: %.c Makefile | packages
	@mkdir -p $(@D)
	$(call show,CC,$<)
	$(Q)$(COMPILE) -c $< -o $@

# The archive is made anew when the list of its members changes.
$(B)/members.txt: FORCE
	@mkdir -p $(@D); echo '$(LIB_SRC)' | cmp -s - $@ || echo '$(LIB_SRC)' > $@
$(LIB): $(call obj,$(LIB_SRC)) $(B)/members.txt
	$(call show,AR,$@)
	$(Q)rm -f $@; ar rcsD $@ $(filter %.o,$^)

$(PROGRAM): $(call obj,$(UI_SRC)) $(LIB)
	$(call show,LINK,$@)
	$(Q)$(LINK) $^ $(LIBS) -o $@

# Helpers stand behind the library, so that a stand-in there never hides the real thing.
UNIT_OBJ := $(call obj,$(TEST_SRC) $(filter-out ui/main.c,$(UI_SRC)))
$(B)/unit_tests: $(UNIT_OBJ) $(LIB) $(B)/libhelp.a
	$(call show,LINK,$@)
	$(Q)$(LINK) $(UNIT_OBJ) -Wl,--start-group $(LIB) $(B)/libhelp.a -Wl,--end-group $(LIBS) \
	  -lcriterion -lm -o $@
$(MAKE_DOCS): $(call obj,$(DOCS_SRC) $(filter-out ui/main.c,$(UI_SRC))) $(LIB)
	$(call show,LINK,$@)
	$(Q)$(LINK) $^ $(LIBS) -o $@
$(B)/libhelp.a: $(call obj,$(HELP_SRC))
	$(Q)rm -f $@; ar rcsD $@ $^
$(B)/sim_seeds: $(call obj,$(SIM_SRC)) $(LIB)
	$(call show,LINK,$@)
	$(Q)$(LINK) $^ $(LIBS) -o $@
$(B)/stress/%: $(B)/tests/stress/%.o $(LIB)
	@mkdir -p $(@D)
	$(call show,LINK,$@)
	$(Q)$(LINK) $^ $(LIBS) -o $@
$(B)/tools/%: $(B)/tests/tools/%.o $(LIB)
	@mkdir -p $(@D)
	$(call show,LINK,$@)
	$(Q)$(LINK) $^ $(LIBS) -o $@
# libvterm, where it is installed, plays the terminal; only here.
VTERM := $(wildcard /usr/include/vterm.h)
$(B)/bench/screen.o: CPPFLAGS += $(if $(VTERM),-DHAVE_VTERM)
$(B)/bench/screen: LIBS += $(if $(VTERM),-lvterm)
$(B)/bench/%: $(B)/bench/%.o $(B)/bench/lib/bench.o $(LIB)
	@mkdir -p $(@D)
	$(call show,LINK,$@)
	$(Q)$(LINK) $^ $(LIBS) -o $@

# The commit is compiled into one object, which is made anew when the commit changes.
$(B)/commit.txt: FORCE
	@mkdir -p $(@D); sh tests/scripts/commit.sh > $@.new; \
	  if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(B)/src/run/commit.o: src/run/commit.c $(B)/commit.txt Makefile | packages
	@mkdir -p $(@D)
	$(call show,CC,$<)
	$(Q)$(COMPILE) -DSPILLWAY_COMMIT="\"$$(cat $(B)/commit.txt)\"" -c $< -o $@

FORCE:
.SECONDARY: $(call obj,$(STRESS_SRC) $(TOOLS_SRC) $(BENCH_SRC) bench/lib/bench.c)

-include $(patsubst %.o,%.d,$(call obj,$(LIB_SRC) $(UI_SRC) $(TEST_SRC) $(HELP_SRC) $(SIM_SRC) \
  $(STRESS_SRC) $(TOOLS_SRC) $(BENCH_SRC) $(DOCS_SRC) bench/lib/bench.c))
