/* Errors are values. A function that can fail returns hk_err; code 0 is success.
   `step` names the doing in plain English ("read attribute list"), is a constant, and is never freed.
   `offset` is where in the input it happened, HK_NO_OFFSET where that means nothing.
   `os` is errno or GetLastError() as it was, 0 where the system was not asked. */
#ifndef HK_BASE_ERR_H
#define HK_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

enum hk_code {
  HK_OK = 0,
  HK_ABSENT,      /* it is not there */
  HK_DENIED,      /* it is there and we may not; sharing violations too */
  HK_DAMAGED,     /* what was read contradicts its format */
  HK_TRUNCATED,   /* it ends before its format says so; a form of damage */
  HK_UNSUPPORTED, /* a version or variant we do not know; never guessed at */
  HK_SKIPPED,     /* not looked at, by our own decision: budget, placeholder, option */
  HK_LIMIT,       /* a budget of ours was spent on this input */
  HK_MEMORY,      /* no memory, or the ceiling for one item was reached */
  HK_IO,          /* the device or the pipe failed */
  HK_TIMEOUT,     /* the deadline of an item passed */
  HK_CRASHED,     /* the examiner died on this item */
  HK_REFUSED,     /* a frame or rule broke its contract and was not accepted */
  HK_USAGE,       /* the caller or the user asked for something that cannot be */
  HK_CANCELLED,   /* Ctrl+C, shutdown */
  HK_CODE_COUNT
};

#define HK_NO_OFFSET INT64_C(-1)

typedef struct hk_err {
  int code; /* enum hk_code */
  int os;
  int64_t offset;
  const char *step;
} hk_err;

/* A success value; `return hk_ok();` */
hk_err hk_ok(void);
/* A failure at `offset` bytes into the input, HK_NO_OFFSET if there is none. */
hk_err hk_fail(enum hk_code code, const char *step, int64_t offset);
/* A failure the system reported; the caller has already mapped `os` to `code`. */
hk_err hk_fail_os(enum hk_code code, const char *step, int os);
/* The stable English name of a code, as used in JSON ("damaged"). Never NULL. */
const char *hk_code_name(int code);
/* The code with that name, or -1. */
int hk_code_from_name(const char *name);

#define HK_TRY(call)                                                                                                   \
  do {                                                                                                                 \
    const hk_err hk_try_ = (call);                                                                                     \
    if (hk_try_.code != HK_OK) return hk_try_;                                                                         \
  } while (0)

#endif
