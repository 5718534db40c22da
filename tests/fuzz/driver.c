/*
 * Runs a fuzz target without a fuzzing engine: replays files through LLVMFuzzerTestOneInput, then mutates them.
 *
 *     fuzz_prefetch [--mutate N] [--seed S] [--max-size BYTES] [--max-seconds T] [--save FILE] INPUT...
 *
 * INPUT is a file, a folder (everything below it), or data:SUB, the file or folder SUB of the real evidence
 * ($HIKESHI_DATA/SUB, else ../shared/data/SUB from the project's root), which may be absent. Inputs are cut at max-size
 * (1 MiB). The same seed and the same files in the same order give the same mutations. When an input crashes or takes
 * longer than 20 s, it is written to the --save file (default: crash-input). Exit: 0 all survived, 77 no input at all.
 */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

enum { SECONDS_PER_INPUT = 20, MAX_SEEDS = 20000, MAX_DEPTH = 12 };

struct seed {
  char *path;
  uint8_t *data;
  size_t size;
};

static struct seed seeds[MAX_SEEDS];
static size_t n_seeds;
static size_t max_size = 1u << 20;
static const char *save_path = "crash-input";

/* The input under test, for the crash handlers. */
static const uint8_t *volatile now_data;
static volatile size_t now_size;

static uint64_t random_state;

static uint64_t random_u64(void)
{
  /* splitmix64 */
  random_state += 0x9e3779b97f4a7c15u;
  uint64_t z = random_state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static size_t random_below(size_t n)
{
  return n ? (size_t)(random_u64() % n) : 0;
}

static void save_input(void)
{
  if (!now_data) return; /* a leak, reported at the end */
  FILE *f = fopen(save_path, "wb");
  if (!f) return;
  fwrite((const uint8_t *)now_data, 1, now_size, f);
  fclose(f);
  fprintf(stderr, "driver: the input is saved as %s (%zu bytes)\n", save_path, (size_t)now_size);
}

static void on_signal(int number)
{
  fprintf(stderr, "driver: %s\n", number == SIGALRM ? "no answer in time" : "crashed");
  save_input();
  _exit(1);
}

static void run_one(const uint8_t *data, size_t size)
{
  now_data = data;
  now_size = size;
  alarm(SECONDS_PER_INPUT);
  LLVMFuzzerTestOneInput(data, size);
  alarm(0);
  now_data = NULL;
  now_size = 0;
}

static void add_file(const char *path)
{
  if (n_seeds == MAX_SEEDS) return;
  FILE *f = fopen(path, "rb");
  if (!f) return;
  uint8_t *data = malloc(max_size ? max_size : 1);
  if (!data) abort();
  size_t size = fread(data, 1, max_size, f);
  fclose(f);
  uint8_t *fitted = realloc(data, size ? size : 1);
  seeds[n_seeds].path = strdup(path);
  seeds[n_seeds].data = fitted ? fitted : data;
  seeds[n_seeds].size = size;
  n_seeds++;
}

static int skip_dots(const struct dirent *e)
{
  return e->d_name[0] != '.';
}

static void add_path(const char *path, int depth)
{
  struct stat st;
  if (depth > MAX_DEPTH || stat(path, &st) != 0) return;
  if (S_ISREG(st.st_mode)) {
    add_file(path);
    return;
  }
  if (!S_ISDIR(st.st_mode)) return;
  struct dirent **names;
  int n = scandir(path, &names, skip_dots, alphasort);
  for (int i = 0; i < n; i++) {
    char below[4096];
    int length = snprintf(below, sizeof below, "%s/%s", path, names[i]->d_name);
    if (length > 0 && (size_t)length < sizeof below) add_path(below, depth + 1);
    free(names[i]);
  }
  if (n >= 0) free(names);
}

static void add_input(const char *name)
{
  if (strncmp(name, "data:", 5) != 0) {
    add_path(name, 0);
    return;
  }
  const char *root = getenv("HIKESHI_DATA");
  char path[4096];
  int n = snprintf(path, sizeof path, "%s/%s", root && *root ? root : HK_SOURCE_DIR "/../shared/data", name + 5);
  if (n > 0 && (size_t)n < sizeof path) add_path(path, 0);
}

static void put_integer(uint8_t *data, size_t size)
{
  static const uint64_t interesting[] = {0,
                                         1,
                                         2,
                                         3,
                                         4,
                                         7,
                                         8,
                                         15,
                                         16,
                                         31,
                                         32,
                                         63,
                                         64,
                                         127,
                                         128,
                                         255,
                                         256,
                                         511,
                                         512,
                                         1023,
                                         1024,
                                         4095,
                                         4096,
                                         32767,
                                         32768,
                                         65535,
                                         65536,
                                         0xffffff,
                                         0x7fffffff,
                                         0x80000000,
                                         0xfffffffe,
                                         0xffffffff,
                                         0x100000000,
                                         0x7fffffffffffffff,
                                         0x8000000000000000,
                                         0xffffffffffffffff};
  size_t width = (size_t)1 << random_below(4);
  if (size < width) return;
  uint64_t v = interesting[random_below(sizeof interesting / sizeof interesting[0])];
  /* Fields of file formats are mostly aligned; half of the time so is this. */
  size_t at = random_below(size - width + 1);
  if (random_below(2)) at -= at % width;
  for (size_t i = 0; i < width; i++)
    data[at + i] = (uint8_t)(v >> (8 * i));
}

/* One change in place; the size never grows past max_size. */
static size_t mutate_once(uint8_t *data, size_t size)
{
  if (size == 0) {
    data[0] = (uint8_t)random_u64();
    return 1;
  }
  size_t at = random_below(size);
  switch (random_below(9)) {
  case 0:
  case 1: data[at] ^= (uint8_t)(1u << random_below(8)); return size;
  case 2: data[at] = (uint8_t)random_u64(); return size;
  case 3:
  case 4: put_integer(data, size); return size;
  case 5: return random_below(4) ? size : at; /* cut */
  case 6: {                                   /* part of another seed */
    const struct seed *other = &seeds[random_below(n_seeds)];
    if (other->size == 0) return size;
    size_t from = random_below(other->size);
    size_t n = 1 + random_below(random_below(2) ? 16 : 4096);
    if (n > other->size - from) n = other->size - from;
    if (n > max_size - at) n = max_size - at;
    memcpy(data + at, other->data + from, n);
    return at + n > size ? at + n : size;
  }
  case 7: { /* a block set to one value */
    size_t n = 1 + random_below(64);
    if (n > size - at) n = size - at;
    memset(data + at, random_below(2) ? 0xff : 0, n);
    return size;
  }
  default: { /* a block copied or removed */
    size_t n = 1 + random_below(64), to = random_below(size);
    if (n > size - at) n = size - at;
    if (random_below(3) == 0) {
      memmove(data + at, data + at + n, size - at - n);
      return size - n;
    }
    if (n > size - to) n = size - to;
    memmove(data + to, data + at, n);
    return size;
  }
  }
}

static uint64_t number_after(char **argv, int argc, int *i)
{
  if (*i + 1 >= argc) {
    fprintf(stderr, "driver: %s needs a number\n", argv[*i]);
    exit(2);
  }
  return strtoull(argv[++*i], NULL, 10);
}

int main(int argc, char **argv)
{
  uint64_t n_mutations = 0, seed = 1, max_seconds = 0;
  if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
  int *is_input = calloc((size_t)argc + 1, sizeof *is_input);
  if (!is_input) return 2;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--mutate") == 0)
      n_mutations = number_after(argv, argc, &i);
    else if (strcmp(argv[i], "--seed") == 0)
      seed = number_after(argv, argc, &i);
    else if (strcmp(argv[i], "--max-size") == 0)
      max_size = (size_t)number_after(argv, argc, &i);
    else if (strcmp(argv[i], "--max-seconds") == 0)
      max_seconds = number_after(argv, argc, &i);
    else if (strcmp(argv[i], "--save") == 0 && i + 1 < argc)
      save_path = argv[++i];
    else
      is_input[i] = 1;
  }
  for (int i = 1; i < argc; i++) {
    if (is_input[i]) add_input(argv[i]);
  }
  free(is_input);
  if (n_seeds == 0) {
    printf("skipped: none of the inputs is there\n");
    return 77;
  }
  if (__sanitizer_set_death_callback) {
    __sanitizer_set_death_callback(save_input);
  } else {
    signal(SIGSEGV, on_signal);
    signal(SIGBUS, on_signal);
    signal(SIGFPE, on_signal);
    signal(SIGILL, on_signal);
    signal(SIGABRT, on_signal);
  }
  signal(SIGALRM, on_signal);

  time_t started = time(NULL);
  for (size_t i = 0; i < n_seeds; i++)
    run_one(seeds[i].data, seeds[i].size);
  printf("replayed %zu inputs\n", n_seeds);
  fflush(stdout);

  uint8_t *work = malloc(max_size + 8);
  if (!work) return 2;
  uint64_t done = 0;
  for (; done < n_mutations; done++) {
    if (max_seconds && (uint64_t)(time(NULL) - started) >= max_seconds) break;
    random_state = seed * 0x100000001b3u + done;
    random_u64();
    const struct seed *s = &seeds[done % n_seeds];
    size_t size = s->size;
    memcpy(work, s->data, size);
    for (size_t n = 1 + random_below(8); n > 0; n--)
      size = mutate_once(work, size);
    /* A copy of exactly this size, so that reading past its end is seen. */
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact) return 2;
    memcpy(exact, work, size);
    run_one(exact, size);
    free(exact);
  }
  free(work);
  for (size_t i = 0; i < n_seeds; i++) {
    free(seeds[i].path);
    free(seeds[i].data);
  }
  printf("survived %" PRIu64 " of %" PRIu64 " mutated inputs, %ld s\n", done, n_mutations,
         (long)(time(NULL) - started));
  if (done < n_mutations) printf("stopped by --max-seconds\n");
  return 0;
}
