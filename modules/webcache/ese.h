/* An ESE database through libesedb: tables, their columns by name, values as text, number or bytes. */
#ifndef WEBCACHE_ESE_H
#define WEBCACHE_ESE_H

#include <libesedb.h>

#include "lib/yal.h"
#include "module.h"

struct ese {
  struct hk_item *item;
  struct hk_bfio io;
  libesedb_file_t *file;
  bool dirty;
  uint32_t state; /* of the header: 2 dirty shutdown, 3 clean */
};

enum { ESE_MAX_COLUMNS = 64, ESE_NO_COLUMN = -1 };

struct ese_table {
  libesedb_table_t *table;
  int n_rows;
};

hk_err ese_open(struct ese *e, struct hk_item *item);
void ese_close(struct ese *e);

/* False when there is none of that name or it cannot be read; the first is no loss, the second is noted. */
bool ese_table_open(struct ese *e, const char *name, struct ese_table *t);
void ese_table_close(struct ese_table *t);
/* Where each of the n names stands among the table's columns, ESE_NO_COLUMN where it is missing. */
void ese_columns(struct ese_table *t, const char *const *names, size_t n, int *out);

/* NULL when the row cannot be read; then it is noted. */
libesedb_record_t *ese_row(struct ese *e, struct ese_table *t, int index);
void ese_row_done(libesedb_record_t **row);
/* {NULL,0} for nothing, for a missing column and for what cannot be read (noted). Text columns. */
hk_str ese_text(struct ese *e, struct hk_arena *a, libesedb_record_t *row, int column);
/* The bytes of any column, at most `limit`: more is cut, *cut tells. */
hk_str ese_bytes(struct ese *e, struct hk_arena *a, libesedb_record_t *row, int column, size_t limit, bool *cut);
/* 8 to 64 bit numbers; HK_NO_INT for nothing. */
int64_t ese_number(libesedb_record_t *row, int column);

#endif
