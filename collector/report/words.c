/* Codes to catalogue texts. */
#include "report/words.h"

#include "base/buf.h"
#include "report/html.h"

struct named {
  const char *name;
  enum hk_text_id id;
};

struct hk_text hk_words_text(enum hk_text_id id)
{
  return (struct hk_text){.ja = hk_text(id, true), .en = hk_text(id, false)};
}

const char *hk_shown_code(enum hk_shown s)
{
  static const char *const codes[HK_SHOWN_COUNT] = {"full", "part", "rolled", "erased", "off", "unread", "na"};
  return codes[s];
}

struct hk_text hk_words_shown(enum hk_shown s)
{
  return hk_words_text((enum hk_text_id)(HK_TEXT_SHOWN_FULL + (int)s));
}

struct hk_text hk_words_shown_meaning(enum hk_shown s)
{
  return hk_words_text((enum hk_text_id)(HK_TEXT_SHOWN_FULL_MEANS + (int)s));
}

struct hk_text hk_words_level(enum hk_level level)
{
  return hk_words_text((enum hk_text_id)(HK_TEXT_LEVEL_CANNOT_SAY + (int)level));
}

struct hk_text hk_words_level_meaning(enum hk_level level)
{
  return hk_words_text((enum hk_text_id)(HK_TEXT_LEVEL_CANNOT_SAY_MEANS + (int)level));
}

struct hk_text hk_words_question(enum hk_question q)
{
  return hk_words_text((enum hk_text_id)(HK_TEXT_QUESTION_INFECTED + (int)q));
}

static struct hk_text by_name(struct hk_arena *a, const struct named *table, size_t n, hk_str name)
{
  for (size_t i = 0; i < n; i++)
    if (hk_str_eq(name, hk_str_of(table[i].name))) return hk_words_text(table[i].id);
  const char *const own = hk_str_z(a, name);
  return (struct hk_text){.ja = own == NULL ? "" : own, .en = own == NULL ? "" : own};
}

#define BY_NAME(a, table, name) by_name((a), (table), sizeof(table) / sizeof *(table), (name))

struct hk_text hk_words_group(struct hk_arena *a, hk_str group)
{
  static const struct named groups[] = {
      {"log.security", HK_TEXT_GROUP_SECURITY},
      {"log.system", HK_TEXT_GROUP_SYSTEM},
      {"log.sysmon", HK_TEXT_GROUP_SYSMON},
      {"log.other", HK_TEXT_GROUP_OTHER_LOGS},
      {"prefetch", HK_TEXT_GROUP_PREFETCH},
      {"ntuser", HK_TEXT_GROUP_NTUSER},
      {"config", HK_TEXT_GROUP_CONFIG},
      {"bam", HK_TEXT_GROUP_BAM},
      {"shadow", HK_TEXT_KIND_SHADOW},
      {"mft", HK_TEXT_GROUP_MFT},
      {"collection", HK_TEXT_GROUP_COLLECTION},
      {"usn", HK_TEXT_GROUP_USN},
      {"webcache", HK_TEXT_GROUP_WEBCACHE},
      {"ads", HK_TEXT_GROUP_ADS},
      {"mail.cache", HK_TEXT_GROUP_MAIL_CACHE},
      {"mail.store", HK_TEXT_KIND_MAIL_STORE},
      {"content", HK_TEXT_GROUP_CONTENT},
      {"defender", HK_TEXT_GROUP_DEFENDER},
      {"recyclebin", HK_TEXT_KIND_RECYCLEBIN},
      {"state", HK_TEXT_GROUP_STATE},
  };
  return BY_NAME(a, groups, group);
}

struct hk_text hk_words_kind(struct hk_arena *a, hk_str kind)
{
  static const struct named kinds[] = {
      {"eventlog", HK_TEXT_KIND_EVENTLOG},
      {"process.4688", HK_TEXT_KIND_PROCESS},
      {"logon", HK_TEXT_KIND_LOGON},
      {"sec.cleared", HK_TEXT_KIND_SEC_CLEARED},
      {"svc.4697", HK_TEXT_KIND_SERVICE_SEC},
      {"svc.install", HK_TEXT_KIND_SERVICE},
      {"sys.cleared", HK_TEXT_KIND_SYS_CLEARED},
      {"sysmon", HK_TEXT_GROUP_SYSMON},
      {"prefetch", HK_TEXT_KIND_PREFETCH},
      {"userassist", HK_TEXT_KIND_USERASSIST},
      {"bam", HK_TEXT_KIND_BAM},
      {"autorun.machine", HK_TEXT_KIND_AUTORUN_MACHINE},
      {"autorun.user", HK_TEXT_KIND_AUTORUN_USER},
      {"config", HK_TEXT_KIND_CONFIG},
      {"config.user", HK_TEXT_KIND_CONFIG_USER},
      {"hive", HK_TEXT_KIND_HIVE},
      {"webcache", HK_TEXT_KIND_WEBCACHE},
      {"webcache.content", HK_TEXT_KIND_WEBCACHE_CONTENT},
      {"webcache.history", HK_TEXT_KIND_WEBCACHE_HISTORY},
      {"zone", HK_TEXT_KIND_ZONE},
      {"mail.attachment", HK_TEXT_KIND_MAIL_ATTACHMENT},
      {"mail.store", HK_TEXT_KIND_MAIL_STORE},
      {"content", HK_TEXT_KIND_CONTENT},
      {"file.times", HK_TEXT_KIND_FILE_TIMES},
      {"ransomnote.name", HK_TEXT_KIND_NOTE_NAME},
      {"mft", HK_TEXT_KIND_MFT},
      {"i30", HK_TEXT_KIND_I30},
      {"collection", HK_TEXT_KIND_COLLECTION},
      {"usn", HK_TEXT_GROUP_USN},
      {"recyclebin", HK_TEXT_KIND_RECYCLEBIN},
      {"shadow", HK_TEXT_KIND_SHADOW},
      {"signature", HK_TEXT_KIND_SIGNATURE},
      {"defender", HK_TEXT_GROUP_DEFENDER},
      {"state.process", HK_TEXT_KIND_STATE_PROCESS},
      {"state.module", HK_TEXT_KIND_STATE_MODULE},
      {"state.connection", HK_TEXT_KIND_STATE_CONNECTION},
      {"state.dns", HK_TEXT_KIND_STATE_DNS},
      {"state.network", HK_TEXT_KIND_STATE_NETWORK},
      {"state.logon", HK_TEXT_KIND_STATE_LOGON},
      {"state.smb", HK_TEXT_KIND_STATE_SMB},
      {"state.share", HK_TEXT_KIND_STATE_SHARE},
      {"state.account", HK_TEXT_KIND_STATE_ACCOUNT},
      {"state.clock", HK_TEXT_KIND_STATE_CLOCK},
      {"state.service", HK_TEXT_KIND_STATE_SERVICE},
      {"state.autostart", HK_TEXT_KIND_STATE_AUTOSTART},
      {"state.update", HK_TEXT_KIND_STATE_UPDATE},
      {"state.shadow", HK_TEXT_KIND_STATE_SHADOW},
      {"state.protection", HK_TEXT_KIND_STATE_PROTECTION},
  };
  return BY_NAME(a, kinds, kind);
}

struct hk_text hk_words_kinds(struct hk_arena *a, const char *const *names, size_t n)
{
  struct hk_buf ja;
  struct hk_buf en;
  hk_buf_init(&ja, 1 << 16);
  hk_buf_init(&en, 1 << 16);
  for (size_t i = 0; i < n; i++) {
    const struct hk_text t = hk_words_kind(a, hk_str_of(names[i]));
    hk_buf_printf(&ja, "%s%s", i > 0 ? "、" : "", t.ja);
    hk_buf_printf(&en, "%s%s", i > 0 ? ", " : "", t.en);
  }
  const struct hk_text all = {.ja = hk_str_z(a, hk_buf_view(&ja)), .en = hk_str_z(a, hk_buf_view(&en))};
  hk_buf_done(&ja);
  hk_buf_done(&en);
  return all;
}

struct hk_text hk_words_step(struct hk_arena *a, hk_str step)
{
  static const struct named steps[] = {
      {"executed", HK_TEXT_STEP_EXECUTED}, {"arrived", HK_TEXT_STEP_ARRIVED}, {"opened", HK_TEXT_STEP_OPENED},
      {"effect", HK_TEXT_STEP_EFFECT},     {"cleared", HK_TEXT_STEP_CLEARED}, {"set", HK_TEXT_STEP_SET},
      {"burst", HK_TEXT_STEP_BURST},       {"spread", HK_TEXT_STEP_SPREAD},   {"text", HK_TEXT_STEP_TEXT},
      {"note", HK_TEXT_STEP_NOTE},         {"named", HK_TEXT_STEP_NAMED},
  };
  return BY_NAME(a, steps, step);
}

struct hk_text hk_words_method(struct hk_arena *a, hk_str method)
{
  static const struct named methods[] = {
      {"api", HK_TEXT_METHOD_API},      {"raw", HK_TEXT_METHOD_RAW},        {"api+raw", HK_TEXT_METHOD_API_RAW}, {"shadow", HK_TEXT_METHOD_SHADOW},
      {"archive", HK_TEXT_METHOD_COPY}, {"directory", HK_TEXT_METHOD_COPY}, {"copy", HK_TEXT_METHOD_COPY},
  };
  return BY_NAME(a, methods, method);
}

struct hk_text hk_words_outcome(struct hk_arena *a, hk_str outcome)
{
  static const struct named outcomes[] = {
      {"ok", HK_TEXT_OUTCOME_OK},
      {"partial", HK_TEXT_OUTCOME_PARTIAL},
      {"absent", HK_TEXT_OUTCOME_ABSENT},
      {"denied", HK_TEXT_OUTCOME_DENIED},
      {"damaged", HK_TEXT_OUTCOME_DAMAGED},
      {"truncated", HK_TEXT_OUTCOME_TRUNCATED},
      {"unsupported", HK_TEXT_OUTCOME_UNSUPPORTED},
      {"skipped", HK_TEXT_OUTCOME_SKIPPED},
      {"limit", HK_TEXT_OUTCOME_LIMIT},
      {"memory", HK_TEXT_OUTCOME_LIMIT},
      {"io", HK_TEXT_OUTCOME_IO},
      {"timeout", HK_TEXT_OUTCOME_TIMEOUT},
      {"crashed", HK_TEXT_OUTCOME_CRASHED},
      {"refused", HK_TEXT_OUTCOME_REFUSED},
      {"cancelled", HK_TEXT_OUTCOME_CANCELLED},
  };
  return BY_NAME(a, outcomes, outcome);
}

struct hk_text hk_words_happened(enum hk_verb verb, int64_t number)
{
  if (verb == HK_CONTENT) {
    switch (number) {
    case HK_CONTENT_ENCRYPTED: return hk_words_text(HK_TEXT_DID_CONTENT_ENCRYPTED);
    case HK_CONTENT_INTACT: return hk_words_text(HK_TEXT_DID_CONTENT_INTACT);
    case HK_CONTENT_PROGRAM: return hk_words_text(HK_TEXT_DID_CONTENT_PROGRAM);
    case HK_CONTENT_NOTE: return hk_words_text(HK_TEXT_DID_CONTENT_NOTE);
    case HK_CONTENT_NO_NOTE: return hk_words_text(HK_TEXT_DID_CONTENT_NO_NOTE);
    default: break;
    }
  }
  return hk_words_text((enum hk_text_id)(HK_TEXT_DID_NONE + (int)verb));
}

static const char *fill(struct hk_arena *a, const char *pattern, const hk_str *args, size_t n_args)
{
  struct hk_buf b;
  hk_buf_init(&b, 1 << 20);
  for (const char *p = pattern; *p != 0; p++) {
    if (p[0] == '{' && p[1] >= '0' && p[1] <= '9' && p[2] == '}') {
      const size_t i = (size_t)(p[1] - '0');
      if (i < n_args) hk_buf_str(&b, args[i]);
      p += 2;
    } else {
      hk_buf_u8(&b, (uint8_t)*p);
    }
  }
  const char *const z = b.failed ? NULL : hk_str_z(a, hk_buf_view(&b));
  hk_buf_done(&b);
  return z == NULL ? "" : z;
}

struct hk_text hk_words_fill_both(struct hk_arena *a, enum hk_text_id id, const hk_str *ja, const hk_str *en, size_t n_args)
{
  return (struct hk_text){.ja = fill(a, hk_text(id, true), ja, n_args), .en = fill(a, hk_text(id, false), en, n_args)};
}

struct hk_text hk_words_fill(struct hk_arena *a, enum hk_text_id id, const hk_str *args, size_t n_args)
{
  return hk_words_fill_both(a, id, args, args, n_args);
}

const char *hk_words_number(uint64_t n, char out[32])
{
  char *p = out + 31;
  *p = 0;
  for (int digits = 0; digits == 0 || n > 0; digits++, n /= 10) {
    if (digits > 0 && digits % 3 == 0) *--p = ',';
    *--p = (char)('0' + n % 10);
  }
  return p;
}
