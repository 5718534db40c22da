/* What the adapters to libevtx, libregf and libesedb share: their errors as ours. The three libraries use one error type
   (libcerror) under three names. */
#ifndef HK_LIB_YAL_H
#define HK_LIB_YAL_H

#include "base/err.h"
#include "lib/bfio.h"

/* Takes the library's error (freed and set to NULL; *error may be NULL) and gives ours: what the bytes below failed with
   if they did, HK_MEMORY when the library had none, HK_UNSUPPORTED for a value it does not know, else HK_DAMAGED. */
hk_err hk_yal_fail(struct hk_bfio *b, libcerror_error_t **error, const char *step, int64_t offset);
/* Throws an error away. */
void hk_yal_forget(libcerror_error_t **error);

#endif
