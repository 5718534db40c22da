/* The rules that travel inside the program: unpacked as embed.h says, and each compiled by libyara, warnings included.
 */
#include "check.h"
#include "embed.h"

#include <yara.h>
#include <zlib-ng.h>

static int n_warnings;

static void on_message(int level, const char *file, int line, const YR_RULE *rule, const char *message, void *user)
{
  (void)file;
  (void)rule;
  printf("  %s:%d: %s: %s\n", (const char *)user, line, level == YARA_ERROR_LEVEL_ERROR ? "error" : "warning", message);
  n_warnings++;
}

static char *unpack(const struct hk_embed *e)
{
  char *text = calloc(1, e->raw_size + 1);
  CHECK(text != NULL);
  size_t size = e->raw_size;
  if (e->raw_size == e->size) {
    memcpy(text, e->data, size);
  } else {
    CHECK_EQ_INT(zng_uncompress((uint8_t *)text, &size, e->data, e->size), Z_OK);
  }
  CHECK_EQ_INT(size, e->raw_size);
  return text;
}

TEST(test_yara_rules__are_stored_compressed)
{
  if (hk_embed_yara_count == 0) SKIP("no rules yet");
  for (size_t i = 0; i < hk_embed_yara_count; i++)
    CHECK(hk_embed_yara[i].size != hk_embed_yara[i].raw_size);
}

TEST(test_yara_rules__compile_without_warnings)
{
  if (hk_embed_yara_count == 0) SKIP("no rules yet");
  CHECK_EQ_INT(yr_initialize(), ERROR_SUCCESS);
  for (size_t i = 0; i < hk_embed_yara_count; i++) {
    YR_COMPILER *compiler = NULL;
    CHECK_EQ_INT(yr_compiler_create(&compiler), ERROR_SUCCESS);
    yr_compiler_set_callback(compiler, on_message, (void *)(uintptr_t)hk_embed_yara[i].name);
    char *text = unpack(&hk_embed_yara[i]);
    int n_errors = yr_compiler_add_string(compiler, text, NULL);
    free(text);
    yr_compiler_destroy(compiler);
    CHECK_EQ_INT(n_errors, 0);
  }
  yr_finalize();
  CHECK_EQ_INT(n_warnings, 0);
}

TEST(test_embed__tables_end_with_a_null_name)
{
  CHECK(hk_embed_rules[hk_embed_rules_count].name == NULL);
  CHECK(hk_embed_excuses[hk_embed_excuses_count].name == NULL);
  CHECK(hk_embed_yara[hk_embed_yara_count].name == NULL);
  CHECK(hk_embed_assets[hk_embed_assets_count].name == NULL);
}
