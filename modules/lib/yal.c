/* libcerror to hk_err; see yal.h. */
#include "lib/yal.h"

/* From libcerror's documented interface; the archives carry its sources but install no header of it. */
int libcerror_error_matches(libcerror_error_t *error, int error_domain, int error_code);
void libcerror_error_free(libcerror_error_t **error);

enum {
  DOMAIN_ARGUMENTS = 'a',
  DOMAIN_MEMORY = 'm',
  DOMAIN_RUNTIME = 'r',
  ARGUMENT_UNSUPPORTED = 8,
  RUNTIME_UNSUPPORTED = 14,
  MEMORY_INSUFFICIENT = 1,
};

/* libcerror keeps domain and code of the first, innermost error; the messages stack up, these two stay. */
static int code_of(libcerror_error_t *error)
{
  if (libcerror_error_matches(error, DOMAIN_MEMORY, MEMORY_INSUFFICIENT) == 1) return HK_MEMORY;
  if (libcerror_error_matches(error, DOMAIN_RUNTIME, RUNTIME_UNSUPPORTED) == 1) return HK_UNSUPPORTED;
  if (libcerror_error_matches(error, DOMAIN_ARGUMENTS, ARGUMENT_UNSUPPORTED) == 1) return HK_UNSUPPORTED;
  return HK_DAMAGED;
}

hk_err hk_yal_fail(struct hk_bfio *b, libcerror_error_t **error, const char *step, int64_t offset)
{
  hk_err e = hk_fail(HK_DAMAGED, step, offset);
  if (error != NULL && *error != NULL) e.code = code_of(*error);
  hk_yal_forget(error);
  if (b != NULL && b->failed.code != HK_OK) {
    e = b->failed;
    e.step = step;
  }
  return e;
}

void hk_yal_forget(libcerror_error_t **error)
{
  if (error != NULL && *error != NULL) libcerror_error_free(error);
}
