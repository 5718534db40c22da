/* What the files of view.h share. */
#ifndef HK_REPORT_VIEW_IMPL_H
#define HK_REPORT_VIEW_IMPL_H

#include <sqlite3.h>

#include "report/view.h"

/* view_sql.c */
hk_err hk_view_sql_error(const char *step);
hk_err hk_view_prepare(struct hk_view *v, const char *sql, sqlite3_stmt **out);
/* A column as text, borrowed until the next step; "" for NULL. */
hk_str hk_view_column(sqlite3_stmt *s, int i);
int64_t hk_view_column_or(sqlite3_stmt *s, int i, int64_t otherwise);
/* The one number a query gives, 0 for none. */
int64_t hk_view_number(struct hk_view *v, const char *sql);

/* view.c */
const struct hk_view_kind *hk_view_kind_by_id(const struct hk_view *v, int64_t id);

/* view_record.c */
hk_err hk_view_load_types(struct hk_view *v);
const struct hk_view_type *hk_view_type_by_id(const struct hk_view *v, int64_t id);

#endif
