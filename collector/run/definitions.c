/* --artefacts and --profile. */
#include "run/definitions.h"

#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"

#define DEFAULT_PROFILE "standard"

static hk_err complain(const struct hk_options *o, hk_err e, hk_str about)
{
  (void)hk_run_fail(o, e, about, HK_EXIT_USAGE);
  return e.code == HK_MEMORY ? e : hk_fail(HK_USAGE, "read definitions", HK_NO_OFFSET);
}

static hk_err load_one(const struct hk_options *o, struct hk_defines *d, hk_str path)
{
  const size_t before = d->n_files;
  const hk_err e = hk_defines_load(d, path);
  if (e.code != HK_OK) return complain(o, e, path);
  if (d->n_files == before) return complain(o, hk_fail(HK_USAGE, "no .yaml, .yml or .tkape file there", HK_NO_OFFSET), path);
  return hk_ok();
}

/* "A,B" are two, unless a file has that very name. */
static hk_err load_named(const struct hk_options *o, struct hk_defines *d, hk_str value)
{
  struct os_info info;
  if (os_stat(value, &info).code == HK_OK) return load_one(o, d, value);
  while (value.n > 0) {
    const size_t comma = hk_str_find(value, ',');
    if (comma > 0) HK_TRY(load_one(o, d, hk_str_sub(value, 0, comma)));
    value = hk_str_sub(value, comma + 1, value.n);
  }
  return hk_ok();
}

static void tell(const struct hk_defines *d)
{
  for (size_t i = 0; i < d->n_remarks; i++) {
    const struct hk_remark *const r = &d->remarks[i];
    if (r->kind == HK_REMARK_NOTE) continue;
    hk_console_error("%.*s:%u: %s: %.*s", (int)r->file.n, r->file.p, r->line, hk_remark_name(r->kind), (int)r->text.n, r->text.p);
  }
}

hk_err hk_run_load_definitions(const struct hk_options *o, struct hk_defines *d, const struct hk_profile **profile)
{
  const hk_str name = o->profile.n != 0 ? o->profile : HK_S(DEFAULT_PROFILE);
  hk_defines_init(d);
  HK_TRY(hk_defines_add_built_in(d));
  for (size_t i = 0; i < o->n_artefacts; i++) HK_TRY(load_named(o, d, o->artefacts[i]));
  HK_TRY(hk_defines_check(d));
  tell(d);
  *profile = hk_profile_find(d, name);
  if (*profile == NULL) return complain(o, hk_fail(HK_USAGE, "no such profile (hikeshi list profiles)", HK_NO_OFFSET), name);
  hk_profile_apply(d, *profile);
  return hk_ok();
}
