/* The log of a VHDX whose machine was not shut down: changes of its tables that the file does not have yet. They are applied to what is
   read, never to the file. */
#ifndef HK_SOURCE_DISK_VHDX_LOG_H
#define HK_SOURCE_DISK_VHDX_LOG_H

#include "base/bytes.h"

/* As the header of the file says. */
struct hk_vhdx_log {
  uint8_t id[16]; /* zeroes: the log is empty */
  uint64_t at;
  uint32_t size_bytes;
};

struct hk_vhdx_logged;
/* *out stays NULL when the log is empty. HK_DAMAGED: it is not, and nothing in it is whole. `file` is borrowed. */
hk_err hk_vhdx_log_open(struct hk_bytes *file, const struct hk_vhdx_log *log, struct hk_vhdx_logged **out);
/* The file with the log applied; may be read from several threads. */
struct hk_bytes *hk_vhdx_log_bytes(struct hk_vhdx_logged *l);
void hk_vhdx_log_close(struct hk_vhdx_logged *l); /* NULL is fine */

#endif
