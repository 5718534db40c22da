/* ESE databases through libesedb; see ese.h. */
#include "ese.h"

#include <string.h>

enum {
  HEADER_SIZE = 668,
  TEXT_LIMIT = 1024 * 1024,
  STATE_CLEAN = 3,
};

hk_err ese_open(struct ese *e, struct hk_item *item)
{
  *e = (struct ese){.item = item};
  struct hk_bytes *b = hk_item_bytes(item);
  uint8_t raw[HEADER_SIZE];
  size_t got = 0;
  libesedb_error_t *error = NULL;
  HK_TRY(b->read_at(b, 0, raw, sizeof raw, &got));
  struct hk_cur c = hk_cur_over(raw, got);
  hk_skip(&c, 4);
  const uint32_t signature = hk_u32le(&c);
  if (c.bad || signature != 0x89abcdef) return hk_fail(HK_UNSUPPORTED, "recognise database", 4);
  if (got < sizeof raw) return hk_fail(HK_TRUNCATED, "read database header", (int64_t)got);
  /* libyal, "Extensible Storage Engine (ESE) Database File (EDB) format", file header: database state. */
  hk_seek(&c, 52);
  e->state = hk_u32le(&c);
  e->dirty = e->state != STATE_CLEAN;
  HK_TRY(hk_bfio_open(&e->io, hk_item_arena(item), b, 0));
  if (libesedb_file_initialize(&e->file, &error) != 1) return hk_yal_fail(&e->io, &error, "start database reader", HK_NO_OFFSET);
  if (libesedb_file_open_file_io_handle(e->file, e->io.handle, LIBESEDB_OPEN_READ, &error) != 1)
    return hk_yal_fail(&e->io, &error, "open database", HK_NO_OFFSET);
  return hk_ok();
}

void ese_close(struct ese *e)
{
  if (e->file != NULL) {
    (void)libesedb_file_close(e->file, NULL);
    (void)libesedb_file_free(&e->file, NULL);
  }
  hk_bfio_close(&e->io);
}

bool ese_table_open(struct ese *e, const char *name, struct ese_table *t)
{
  libesedb_error_t *error = NULL;
  *t = (struct ese_table){0};
  const int r = libesedb_file_get_table_by_utf8_name(e->file, (const uint8_t *)name, strlen(name), &t->table, &error);
  if (r == 0) {
    hk_yal_forget(&error);
    return false;
  }
  if (r == 1 && libesedb_table_get_number_of_records(t->table, &t->n_rows, &error) == 1 && t->n_rows >= 0) return true;
  hk_note(e->item, hk_yal_fail(&e->io, &error, "open table", HK_NO_OFFSET));
  ese_table_close(t);
  return false;
}

void ese_table_close(struct ese_table *t)
{
  if (t->table != NULL) (void)libesedb_table_free(&t->table, NULL);
  *t = (struct ese_table){0};
}

void ese_columns(struct ese_table *t, const char *const *names, size_t n, int *out)
{
  int n_columns = 0;
  for (size_t i = 0; i < n; i++) out[i] = ESE_NO_COLUMN;
  if (libesedb_table_get_number_of_columns(t->table, &n_columns, 0, NULL) != 1) return;
  for (int c = 0; c < n_columns && c < ESE_MAX_COLUMNS; c++) {
    libesedb_column_t *column = NULL;
    size_t size = 0;
    uint8_t name[256];
    if (libesedb_table_get_column(t->table, c, &column, 0, NULL) != 1) continue;
    if (libesedb_column_get_utf8_name_size(column, &size, NULL) == 1 && size > 0 && size <= sizeof name &&
        libesedb_column_get_utf8_name(column, name, size, NULL) == 1)
      for (size_t i = 0; i < n; i++)
        if (strcmp((const char *)name, names[i]) == 0) out[i] = c;
    (void)libesedb_column_free(&column, NULL);
  }
}

libesedb_record_t *ese_row(struct ese *e, struct ese_table *t, int index)
{
  libesedb_record_t *row = NULL;
  libesedb_error_t *error = NULL;
  if (libesedb_table_get_record(t->table, index, &row, &error) == 1) return row;
  hk_note(e->item, hk_yal_fail(&e->io, &error, "read row", HK_NO_OFFSET));
  ese_row_done(&row);
  return NULL;
}

void ese_row_done(libesedb_record_t **row)
{
  if (*row != NULL) (void)libesedb_record_free(row, NULL);
  *row = NULL;
}

/* Long values stand apart from their row. */
static libesedb_long_value_t *long_value(struct ese *e, libesedb_record_t *row, int column, bool *failed)
{
  libesedb_long_value_t *l = NULL;
  libesedb_error_t *error = NULL;
  *failed = false;
  if (libesedb_record_is_long_value(row, column, NULL) != 1) return NULL;
  if (libesedb_record_get_long_value(row, column, &l, &error) == 1) return l;
  hk_note(e->item, hk_yal_fail(&e->io, &error, "read long value", HK_NO_OFFSET));
  *failed = true;
  return NULL;
}

hk_str ese_text(struct ese *e, struct hk_arena *a, libesedb_record_t *row, int column)
{
  if (column == ESE_NO_COLUMN) return (hk_str){0};
  bool failed;
  libesedb_error_t *error = NULL;
  libesedb_long_value_t *l = long_value(e, row, column, &failed);
  if (failed) return (hk_str){0};
  size_t size = 0;
  int r = l != NULL ? libesedb_long_value_get_utf8_string_size(l, &size, &error)
                    : libesedb_record_get_value_utf8_string_size(row, column, &size, &error);
  char *p = NULL;
  if (r == 1 && size > 0) {
    if (size <= TEXT_LIMIT) p = hk_alloc(a, size);
    if (p == NULL) {
      hk_note(e->item, hk_fail(size <= TEXT_LIMIT ? HK_MEMORY : HK_LIMIT, "read text value", HK_NO_OFFSET));
      r = 0;
    } else {
      r = l != NULL ? libesedb_long_value_get_utf8_string(l, (uint8_t *)p, size, &error)
                    : libesedb_record_get_value_utf8_string(row, column, (uint8_t *)p, size, &error);
    }
  }
  if (l != NULL) (void)libesedb_long_value_free(&l, NULL);
  if (r < 0) hk_note(e->item, hk_yal_fail(&e->io, &error, "read text value", HK_NO_OFFSET));
  hk_yal_forget(&error);
  if (r != 1 || p == NULL) return (hk_str){0};
  return hk_str_clean(a, hk_str_of(p));
}

hk_str ese_bytes(struct ese *e, struct hk_arena *a, libesedb_record_t *row, int column, size_t limit, bool *cut)
{
  *cut = false;
  if (column == ESE_NO_COLUMN) return (hk_str){0};
  bool failed;
  libesedb_error_t *error = NULL;
  libesedb_long_value_t *l = long_value(e, row, column, &failed);
  if (failed) return (hk_str){0};
  size64_t long_size = 0;
  size_t size = 0;
  int r;
  if (l != NULL) {
    r = libesedb_long_value_get_data_size(l, &long_size, &error);
    if (r == 1) size = long_size > TEXT_LIMIT ? TEXT_LIMIT + 1 : (size_t)long_size;
  } else {
    r = libesedb_record_get_value_data_size(row, column, &size, &error);
  }
  uint8_t *p = NULL;
  if (r == 1 && size > 0 && size <= TEXT_LIMIT) {
    p = hk_alloc(a, size);
    if (p != NULL)
      r = l != NULL ? libesedb_long_value_get_data(l, p, size, &error) : libesedb_record_get_value_data(row, column, p, size, &error);
  } else if (size > TEXT_LIMIT) {
    *cut = true;
  }
  if (l != NULL) (void)libesedb_long_value_free(&l, NULL);
  if (r < 0) hk_note(e->item, hk_yal_fail(&e->io, &error, "read binary value", HK_NO_OFFSET));
  hk_yal_forget(&error);
  if (r != 1 || p == NULL) return (hk_str){0};
  if (size > limit) {
    *cut = true;
    size = limit;
  }
  return (hk_str){.p = (const char *)p, .n = size};
}

int64_t ese_number(libesedb_record_t *row, int column)
{
  uint8_t raw[8];
  size_t size = 0;
  if (column == ESE_NO_COLUMN) return HK_NO_INT;
  if (libesedb_record_get_value_data_size(row, column, &size, NULL) != 1 || size == 0 || size > sizeof raw) return HK_NO_INT;
  if (libesedb_record_get_value_data(row, column, raw, size, NULL) != 1) return HK_NO_INT;
  uint64_t v = 0;
  for (size_t i = size; i > 0; i--) v = v << 8 | raw[i - 1];
  return v <= INT64_MAX ? (int64_t)v : HK_NO_INT;
}
