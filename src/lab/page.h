/* One page in two forms at once, Markdown and HTML: what is put once stands in both. */
#ifndef LAB_PAGE_H
#define LAB_PAGE_H

#include "lab/text.h"

struct page {
    struct text md, html;
    int column; /* of the table under way */
};

void page_begin(struct page *p, const char *title);
void page_end(struct page *p);
void page_heading(struct page *p, int level, const char *text);
void page_paragraph(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_item(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_items_begin(struct page *p);
void page_items_end(struct page *p);
/* A picture with its name; link: what it leads to. */
void page_image(struct page *p, const char *file, const char *link, const char *text);
/* Lines to be typed, apart by LF. */
void page_code(struct page *p, const char *lines);

/* begin, header cells, then rows of cells, each row begun with page_row. */
void page_table_begin(struct page *p);
void page_header(struct page *p, const char *text);
void page_header_end(struct page *p);
void page_row(struct page *p);
void page_cell(struct page *p, const char *text);
void page_row_end(struct page *p);
void page_table_end(struct page *p);

void page_free(struct page *p);

#endif
