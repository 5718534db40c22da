/* Segment files. Their names are counted up from the first one's: nothing in the evidence says where to look. */
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "source/disk/blocks.h"
#include "source/disk/ewf.h"

/* Images of thousands of segments exist, a process that may open so many files seldom does. */
#define OPEN_MAX 32

struct file {
  uint32_t number; /* 0 = free */
  unsigned n_readers;
  uint64_t used_at;
  struct hk_bytes *bytes;
};

struct hk_ewf_series {
  struct hk_bytes *first;
  char *path; /* owned; its last three letters change */
  size_t path_n;
  char letter; /* of the first one's suffix; 0 = its name belongs to no series */
  struct os_mutex *lock; /* path, and what follows */
  struct file files[OPEN_MAX];
  uint64_t clock;
};

bool hk_ewf_suffix(char first, uint32_t number, char out[3])
{
  const char a = first >= 'a' ? 'a' : 'A';
  if (number < 1) return false;
  out[0] = first;
  if (number < 100) {
    out[1] = (char)('0' + number / 10);
    out[2] = (char)('0' + number % 10);
    return true;
  }
  const uint32_t m = number - 100;
  const uint32_t lead = (uint32_t)(first - a) + m / (26 * 26);
  out[0] = (char)(a + (char)(lead % 26));
  out[1] = (char)(a + (char)(m / 26 % 26));
  out[2] = (char)(a + (char)(m % 26));
  return lead < 26;
}

/* A step is a constant, and coverage and the report have no other place for the number. */
#define MISSING(n) "open the image: segment file " #n " is missing"
#define MISSING_TEN(t) \
  MISSING(t##0), MISSING(t##1), MISSING(t##2), MISSING(t##3), MISSING(t##4), MISSING(t##5), MISSING(t##6), MISSING(t##7), MISSING(t##8), MISSING(t##9)

hk_err hk_ewf_missing(uint32_t number)
{
  static const char *const steps[] = {MISSING_TEN(),  MISSING_TEN(1), MISSING_TEN(2), MISSING_TEN(3), MISSING_TEN(4),
                                      MISSING_TEN(5), MISSING_TEN(6), MISSING_TEN(7), MISSING_TEN(8), MISSING_TEN(9)};
  if (number < sizeof steps / sizeof steps[0]) return hk_fail(HK_TRUNCATED, steps[number], HK_NO_OFFSET);
  return hk_fail(HK_TRUNCATED, "open the image: the segment file of that number is missing", number);
}

hk_err hk_ewf_series_open(struct hk_bytes *first, hk_str path, struct hk_ewf_series **out)
{
  struct hk_ewf_series *const s = calloc(1, sizeof *s);
  if (s != NULL) {
    s->path = malloc(path.n + 1);
    s->lock = os_mutex_new();
  }
  if (s == NULL || s->path == NULL || s->lock == NULL) {
    hk_ewf_series_close(s);
    return hk_fail(HK_MEMORY, "open the segment files of an image", HK_NO_OFFSET);
  }
  if (path.n > 0) memcpy(s->path, path.p, path.n);
  s->path_n = path.n;
  s->first = first;
  const char *const end = s->path + path.n;
  if (path.n >= 4 && end[-4] == '.' && hk_is_letter(end[-3]) && end[-2] == '0' && end[-1] == '1') s->letter = end[-3];
  *out = s;
  return hk_ok();
}

void hk_ewf_series_close(struct hk_ewf_series *s)
{
  if (s == NULL) return;
  for (size_t i = 0; i < OPEN_MAX; i++) hk_disk_file_close(s->files[i].bytes);
  os_mutex_free(s->lock);
  free(s->path);
  free(s);
}

/* A free place, or that of the file nobody has read for the longest time; NULL when all are being read. */
static struct file *place_for_one(struct hk_ewf_series *s)
{
  struct file *oldest = NULL;
  for (size_t i = 0; i < OPEN_MAX; i++) {
    struct file *const f = &s->files[i];
    if (f->n_readers == 0 && (oldest == NULL || f->used_at < oldest->used_at)) oldest = f;
  }
  return oldest;
}

static hk_err open_file(struct hk_ewf_series *s, uint32_t number, struct file **out)
{
  struct file *const f = place_for_one(s);
  char suffix[3];
  struct hk_bytes *bytes = NULL;
  if (f == NULL) return hk_fail(HK_LIMIT, "open a segment file of the image", number);
  if (s->letter == 0 || !hk_ewf_suffix(s->letter, number, suffix)) return hk_fail(HK_ABSENT, "name a segment file of the image", number);
  memcpy(s->path + s->path_n - 3, suffix, 3);
  HK_TRY(hk_disk_file_open((hk_str){.p = s->path, .n = s->path_n}, &bytes));
  hk_disk_file_close(f->bytes);
  *f = (struct file){.number = number, .bytes = bytes};
  *out = f;
  return hk_ok();
}

/* For reading, until `leave`. */
static hk_err enter(struct hk_ewf_series *s, uint32_t number, struct file **out)
{
  struct file *f = NULL;
  os_lock(s->lock);
  for (size_t i = 0; i < OPEN_MAX && f == NULL; i++)
    if (s->files[i].number == number) f = &s->files[i];
  const hk_err e = f != NULL ? hk_ok() : open_file(s, number, &f);
  if (f != NULL) {
    f->n_readers++;
    f->used_at = ++s->clock;
  }
  os_unlock(s->lock);
  *out = f;
  return e;
}

static void leave(struct hk_ewf_series *s, struct file *f)
{
  os_lock(s->lock);
  f->n_readers--;
  os_unlock(s->lock);
}

hk_err hk_ewf_series_read(struct hk_ewf_series *s, uint32_t number, uint64_t at, void *out, size_t n)
{
  if (at > (uint64_t)INT64_MAX - n) return hk_fail(HK_DAMAGED, "read a segment file of the image", HK_NO_OFFSET);
  if (number == 1) return hk_disk_read(s->first, at, out, n, "read a segment file of the image: it ends early");
  struct file *f = NULL;
  HK_TRY(enter(s, number, &f));
  const hk_err e = hk_disk_read(f->bytes, at, out, n, "read a segment file of the image: it ends early");
  leave(s, f);
  return e;
}
