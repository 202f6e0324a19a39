#include "lab/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char look[] =
    "body{font:16px/1.5 sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color:#111}"
    "h1,h2,h3{line-height:1.2}h2{margin-top:2.5em;border-bottom:1px solid #999}"
    "table{border-collapse:collapse;margin:1em 0;font-size:14px}"
    "th,td{border:1px solid #bbb;padding:.2em .6em;text-align:right}"
    "th{background:#eee}td:first-child,th:first-child{text-align:left}"
    "img{max-width:100%;height:auto}pre{background:#f4f4f4;padding:.4em;overflow:auto;"
    "font-size:13px}";

void page_begin(struct page *p, const char *title)
{
    *p = (struct page){0};
    text_put(&p->md, "# %s\n\n", title);
    text_add(&p->html,
             "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>");
    text_html(&p->html, title);
    text_put(&p->html, "</title>\n<style>%s</style></head><body>\n<h1>", look);
    text_html(&p->html, title);
    text_add(&p->html, "</h1>\n");
}

void page_end(struct page *p) { text_add(&p->html, "</body></html>\n"); }

void page_heading(struct page *p, int level, const char *text)
{
    text_put(&p->md, "%.*s %s\n\n", level, "######", text);
    text_put(&p->html, "<h%d>", level);
    text_html(&p->html, text);
    text_put(&p->html, "</h%d>\n", level);
}

static void put(struct page *p, const char *before, const char *md_after, const char *tag,
                const char *text)
{
    text_put(&p->md, "%s%s%s", before, text, md_after);
    text_put(&p->html, "<%s>", tag);
    text_html(&p->html, text);
    text_put(&p->html, "</%s>\n", tag);
}

void page_paragraph(struct page *p, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(p, "", "\n\n", "p", text);
}

void page_items_begin(struct page *p) { text_add(&p->html, "<ul>\n"); }

void page_item(struct page *p, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(p, "- ", "\n", "li", text);
}

void page_items_end(struct page *p)
{
    text_add(&p->md, "\n");
    text_add(&p->html, "</ul>\n");
}

void page_image(struct page *p, const char *file, const char *link, const char *text)
{
    text_put(&p->md, "[![%s](%s)](%s)\n\n", text, file, link);
    text_add(&p->html, "<p><a href=\"");
    text_html(&p->html, link);
    text_add(&p->html, "\"><img src=\"");
    text_html(&p->html, file);
    text_add(&p->html, "\" alt=\"");
    text_html(&p->html, text);
    text_add(&p->html, "\"></a></p>\n");
}

void page_code(struct page *p, const char *lines)
{
    for (const char *line = lines; *line;) {
        size_t size = strcspn(line, "\n");
        text_put(&p->md, "    %.*s\n", (int)size, line);
        line += size + (line[size] == '\n');
    }
    text_add(&p->md, "\n");
    text_add(&p->html, "<pre>");
    text_html(&p->html, lines);
    text_add(&p->html, "</pre>\n");
}

/* ---- tables -------------------------------------------------------------------------------------- */

/* In a cell of Markdown a bar would end it. */
static void md_cell(struct text *t, const char *s)
{
    text_add(t, " ");
    for (; *s; s++)
        text_bytes(t, *s == '|' ? "\\|" : s, *s == '|' ? 2 : 1);
    text_add(t, " |");
}

void page_table_begin(struct page *p)
{
    p->column = 0;
    text_add(&p->md, "|");
    text_add(&p->html, "<table>\n<tr>");
}

void page_header(struct page *p, const char *text)
{
    p->column++;
    md_cell(&p->md, text);
    text_add(&p->html, "<th>");
    text_html(&p->html, text);
    text_add(&p->html, "</th>");
}

void page_header_end(struct page *p)
{
    text_add(&p->md, "\n|");
    for (int i = 0; i < p->column; i++)
        text_add(&p->md, i ? "--:|" : ":--|");
    text_add(&p->md, "\n");
    text_add(&p->html, "</tr>\n");
}

void page_row(struct page *p)
{
    text_add(&p->md, "|");
    text_add(&p->html, "<tr>");
}

void page_cell(struct page *p, const char *text)
{
    md_cell(&p->md, text);
    text_add(&p->html, "<td>");
    text_html(&p->html, text);
    text_add(&p->html, "</td>");
}

void page_row_end(struct page *p)
{
    text_add(&p->md, "\n");
    text_add(&p->html, "</tr>\n");
}

void page_table_end(struct page *p)
{
    text_add(&p->md, "\n");
    text_add(&p->html, "</table>\n");
}

void page_free(struct page *p)
{
    text_free(&p->md);
    text_free(&p->html);
}
