/* The codec at the hands of the Python tests beside it:
     HK_AGE_IN, HK_AGE_OUT      files
     HK_AGE_RECIPIENTS          a file of them, or
     HK_AGE_PASSPHRASE          encrypts (with HK_AGE_WORK_FACTOR) or, with HK_AGE_DECRYPT set, decrypts
     HK_AGE_IDENTITIES          a file of them: decrypts
     HK_AGE_PIECE               bytes a write or read
   Decrypting prints "open CODE LOCK STEP" and, when that went well, "read CODE BYTES". */
#include "check.h"
#include "store/age.h"

static size_t env_size(const char *name, size_t otherwise)
{
  const char *const v = getenv(name);
  return v == NULL ? otherwise : strtoul(v, NULL, 10);
}

struct file_sink {
  struct hk_store_sink sink;
  FILE *f;
};

static hk_err file_write(struct hk_store_sink *s, const void *p, size_t n)
{
  return fwrite(p, 1, n, ((struct file_sink *)(void *)s)->f) == n ? hk_ok() : hk_fail(HK_IO, "write", HK_NO_OFFSET);
}

static hk_err file_flush(struct hk_store_sink *s)
{
  (void)s;
  return hk_ok();
}

static hk_err file_finish(struct hk_store_sink *s, hk_str note)
{
  (void)note;
  return fflush(((struct file_sink *)(void *)s)->f) == 0 ? hk_ok() : hk_fail(HK_IO, "write", HK_NO_OFFSET);
}

static void file_close(struct hk_store_sink *s)
{
  fclose(((struct file_sink *)(void *)s)->f);
}

static hk_err put_file(struct hk_store_sink *s, const char *path, size_t piece)
{
  FILE *const f = fopen(path, "rb");
  uint8_t *const p = malloc(piece);
  hk_err e = hk_ok();
  CHECK(f != NULL && p != NULL);
  for (size_t n = 1; n > 0 && e.code == HK_OK;) {
    n = fread(p, 1, piece, f);
    e = s->write(s, p, n);
  }
  free(p);
  fclose(f);
  return e.code == HK_OK ? s->finish(s, HK_S("")) : e;
}

static void encrypt(const char *in, const char *out)
{
  static struct hk_age_recipients to;
  const char *const file = getenv("HK_AGE_RECIPIENTS");
  struct file_sink below = {.sink = {.write = file_write, .flush = file_flush, .finish = file_finish, .close = file_close}};
  struct hk_store_sink *s = NULL;
  to.work_factor = (unsigned)env_size("HK_AGE_WORK_FACTOR", 0);
  if (file != NULL) {
    struct hk_secret_text text;
    CHECK_EQ_INT(hk_secret_read(hk_str_of(file), &text).code, HK_OK);
    CHECK_EQ_INT(hk_age_recipients_read(&to, hk_secret_str(&text)).code, HK_OK);
    hk_secret_done(&text);
  } else {
    CHECK_EQ_INT(hk_passphrase_set(&to.passphrase, hk_str_of(getenv("HK_AGE_PASSPHRASE"))).code, HK_OK);
  }
  below.f = fopen(out, "wb");
  CHECK(below.f != NULL);
  CHECK_EQ_INT(hk_age_sink(&to, &below.sink, &s).code, HK_OK);
  CHECK_EQ_INT(put_file(s, in, env_size("HK_AGE_PIECE", 100000)).code, HK_OK);
  s->close(s);
}

static void decrypt(const char *in, const char *out)
{
  static struct hk_age_identities with;
  const char *const file = getenv("HK_AGE_IDENTITIES");
  const char *const passphrase = getenv("HK_AGE_PASSPHRASE");
  struct hk_age_file f;
  if (file != NULL) {
    struct hk_secret_text text;
    CHECK_EQ_INT(hk_secret_read(hk_str_of(file), &text).code, HK_OK);
    CHECK_EQ_INT(hk_age_identities_read(&with, hk_secret_str(&text)).code, HK_OK);
    hk_secret_done(&text);
  }
  if (passphrase != NULL) CHECK_EQ_INT(hk_passphrase_set(&with.passphrase, hk_str_of(passphrase)).code, HK_OK);
  hk_err e = hk_age_file_open(hk_str_of(in), &with, HK_AGE_WHOLE, &f);
  printf("open %s %d %s\n", hk_code_name(e.code), (int)f.lock, e.step == NULL ? "" : e.step);
  if (e.code != HK_OK) return;
  const size_t piece = env_size("HK_AGE_PIECE", 100000);
  uint8_t *const p = malloc(piece);
  FILE *const to = fopen(out, "wb");
  uint64_t at = 0;
  CHECK(p != NULL && to != NULL);
  for (size_t got = 1; got > 0 && e.code == HK_OK; at += got) {
    e = f.bytes->read_at(f.bytes, at, p, piece, &got);
    CHECK_EQ_INT(fwrite(p, 1, got, to), got);
  }
  printf("read %s %llu\n", hk_code_name(e.code), (unsigned long long)at);
  fclose(to);
  free(p);
  hk_age_file_close(&f);
}

TEST(tool_age_file__does_what_the_environment_asks)
{
  const char *const in = getenv("HK_AGE_IN");
  const char *const out = getenv("HK_AGE_OUT");
  if (in == NULL || out == NULL) SKIP("asked for nothing (HK_AGE_IN, HK_AGE_OUT)");
  if (getenv("HK_AGE_IDENTITIES") != NULL || getenv("HK_AGE_DECRYPT") != NULL)
    decrypt(in, out);
  else
    encrypt(in, out);
}
