/* Words: claims with their names filled in, and the sentences of the answers in both languages (ui/README: one sentence
   that says it, one that says what could make it wrong). A claim is a clause in English and a noun phrase in Japanese,
   so that it fits every level: "It is likely that {claim}." 「{claim}があった可能性が高いです。」 */
#include <string.h>

#include "answer/engine_impl.h"
#include "base/json.h"

#define SENTENCE_BYTES ((size_t)64 << 10)
#define NAME_CHARS 240 /* shown of one name; the rest is cut out of the middle */

/* ---- names ---- */

static size_t count_chars(hk_str s)
{
  size_t n = 0;
  for (size_t i = 0; i < s.n; n++)
    hk_str_next(s, &i);
  return n;
}

static void put_char(struct hk_buf *out, uint32_t c, bool last)
{
  char utf8[4];
  if (hk_char_is_hostile(c) || c == '<' || c == '>' || (c == ' ' && last))
    hk_buf_printf(out, "<U+%04X>", (unsigned)c);
  else
    hk_buf_str(out, (hk_str){.p = utf8, .n = hk_utf8_put(c, utf8)});
}

static void put_visible(struct hk_buf *out, hk_str s)
{
  const size_t n = count_chars(s);
  size_t i = 0;
  for (size_t at = 0; at < n; at++) {
    const uint32_t c = hk_str_next(s, &i);
    if (n <= NAME_CHARS || at < NAME_CHARS / 2 || at >= n - NAME_CHARS / 2)
      put_char(out, c, at + 1 == n);
    else if (at == NAME_CHARS / 2)
      hk_buf_z(out, "…");
  }
}

static void put_time(struct hk_buf *out, hk_time t)
{
  char iso[HK_ISO_SIZE];
  hk_time_iso(t, iso);
  if (iso[0] == '\0')
    hk_buf_z(out, "?");
  else
    hk_buf_printf(out, "%.10s %.5s UTC", iso, iso + 11);
}

static const char *finish(struct hk_case *c, struct hk_buf *b)
{
  const char *const z = b->failed ? NULL : hk_str_z(c->keep, hk_buf_view(b));
  hk_buf_done(b);
  return z == NULL ? "" : z;
}

/* ---- claims ---- */

static const char *param_of(const struct hk_found *f, hk_str name)
{
  for (const struct hk_param *p = f->params; p != NULL; p = p->next)
    if (hk_str_eq(hk_str_of(p->name), name)) return p->value;
  return NULL;
}

static bool as_time(const char *z, hk_time *out)
{
  int64_t v = 0;
  if (*z == '\0' || strlen(z) > 18) return false;
  for (; *z != '\0'; z++) {
    if (*z < '0' || *z > '9') return false;
    v = v * 10 + (*z - '0');
  }
  *out = v;
  return true;
}

/* An address in a sentence is not to be followed by a click: hxxp, and [.] in its host (ui/README, sheets). */
static void put_value(struct hk_buf *out, hk_str value)
{
  const bool http = hk_str_starts(value, HK_S("http://")) || hk_str_starts(value, HK_S("https://"));
  if (!http) {
    put_visible(out, value);
    return;
  }
  const size_t host = hk_str_find(value, ':') + 3;
  const size_t end = host + hk_str_find(hk_str_sub(value, host, value.n), '/');
  hk_buf_z(out, "hxxp");
  put_visible(out, hk_str_sub(value, 4, host));
  for (size_t i = host; i < end;) {
    const hk_str rest = hk_str_sub(value, i, end);
    const size_t dot = hk_str_find(rest, '.');
    put_visible(out, hk_str_sub(rest, 0, dot));
    if (dot < rest.n) hk_buf_z(out, "[.]");
    i += dot + 1;
  }
  put_visible(out, hk_str_sub(value, end, value.n));
}

/* {name} or {name:time} */
static void put_param(struct hk_buf *out, const struct hk_found *f, hk_str inner, const char *unknown)
{
  const size_t colon = hk_str_find(inner, ':');
  const char *const value = param_of(f, hk_str_sub(inner, 0, colon));
  hk_time t = HK_TIME_UNKNOWN;
  if (value == NULL || value[0] == '\0')
    hk_buf_z(out, unknown);
  else if (colon != inner.n && as_time(value, &t))
    put_time(out, t);
  else
    put_value(out, hk_str_of(value));
}

static const char *fill(struct hk_case *c, const struct hk_found *f, const char *claim, const char *unknown)
{
  struct hk_buf b;
  hk_buf_init(&b, SENTENCE_BYTES);
  while (*claim != '\0') {
    const char *const end = *claim == '{' ? strchr(claim, '}') : NULL;
    if (end == NULL) {
      hk_buf_u8(&b, (uint8_t)*claim++);
      continue;
    }
    put_param(&b, f, (hk_str){.p = claim + 1, .n = (size_t)(end - claim) - 1}, unknown);
    claim = end + 1;
  }
  return finish(c, &b);
}

struct hk_text hk_claim_of(struct hk_case *c, const struct hk_found *f)
{
  return (struct hk_text){.ja = fill(c, f, f->rule->claim.ja, "不明"), .en = fill(c, f, f->rule->claim.en, "unknown")};
}

/* "mail", or what {host} stands for; "" when there is none. Not made visible: a code. */
const char *hk_candidate_of(struct hk_case *c, const struct hk_found *f)
{
  const char *const candidate = f->rule->candidate;
  const size_t n = strlen(candidate);
  if (n < 2 || candidate[0] != '{' || candidate[n - 1] != '}') return candidate;
  const char *const value = param_of(f, (hk_str){.p = candidate + 1, .n = n - 2});
  (void)c;
  return value == NULL ? "" : value;
}

struct hk_text hk_candidate_text(struct hk_case *c, const char *code)
{
  static const struct {
    const char *code;
    struct hk_text text;
  } known[] = {
      {"mail", {"メール", "mail"}},
      {"web", {"Web", "web"}},
      {"rdp", {"リモートデスクトップ", "remote desktop"}},
      {"usb", {"USB などの媒体", "removable media"}},
      {"lateral", {"ネットワーク内の他の端末", "another machine of the network"}},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strcmp(known[i].code, code) == 0) return known[i].text;
  struct hk_buf b;
  hk_buf_init(&b, SENTENCE_BYTES);
  put_visible(&b, hk_str_of(code));
  const char *const name = finish(c, &b);
  return (struct hk_text){.ja = name, .en = name};
}

struct hk_text hk_cap_text(struct hk_case *c, const struct hk_found *f, size_t cap)
{
  const struct hk_text *const t = &f->caps[cap]->text;
  if (!f->unexcluded[cap]) return *t;
  struct hk_buf ja;
  struct hk_buf en;
  hk_buf_init(&ja, SENTENCE_BYTES);
  hk_buf_init(&en, SENTENCE_BYTES);
  hk_buf_printf(&ja, "「%s」の可能性を除外する記録がありません", t->ja);
  hk_buf_printf(&en, "not excluded for lack of records: %s", t->en);
  return (struct hk_text){.ja = finish(c, &ja), .en = finish(c, &en)};
}

/* ---- what kinds and steps are called ---- */

struct label {
  const char *code;
  struct hk_text text;
};

static const struct label kind_labels[] = {
    {"prefetch", {"実行記録（Prefetch）", "Prefetch"}},
    {"process.4688", {"Security ログのプロセス作成", "process creation in the Security log"}},
    {"sysmon", {"Sysmon ログ", "the Sysmon log"}},
    {"logon", {"Security ログのログオン", "logons in the Security log"}},
    {"sec.cleared", {"Security ログの消去の記録", "clearing of the Security log"}},
    {"sys.cleared", {"System ログの消去の記録", "clearing of logs in the System log"}},
    {"svc.install", {"System ログのサービス登録", "service installation in the System log"}},
    {"svc.4697", {"Security ログのサービス登録", "service installation in the Security log"}},
    {"userassist", {"UserAssist", "UserAssist"}},
    {"bam", {"BAM", "BAM"}},
    {"shadow", {"シャドウコピー", "shadow copies"}},
    {"config", {"レジストリの設定", "settings in the registry"}},
    {"webcache", {"Web の履歴とキャッシュ", "web history and cache"}},
    {"motw", {"入手元の印（Zone.Identifier）", "marks of the web (Zone.Identifier)"}},
    {"zone", {"入手元の印（Zone.Identifier）", "marks of the web (Zone.Identifier)"}},
    {"file.times", {"ファイルの作成・更新日時", "file times"}},
    {"ransomnote.name", {"脅迫文らしい名前のファイル", "files named like ransom notes"}},
    {"webcache.content", {"WebCache（取得したファイル）", "files fetched, in WebCache"}},
    {"webcache.history", {"WebCache（閲覧履歴）", "pages visited, in WebCache"}},
    {"config.system", {"システムの設定（レジストリ）", "system settings in the registry"}},
    {"config.software", {"Windows の設定（レジストリ）", "Windows settings in the registry"}},
    {"config.user", {"利用者の設定（レジストリ）", "user settings in the registry"}},
    {"autorun.machine", {"自動起動の設定（端末全体）", "start-up settings of the machine"}},
    {"autorun.user", {"自動起動の設定（利用者）", "start-up settings of users"}},
    {"signature", {"プログラムの署名", "signatures of programs"}},
    {"content", {"ファイルの中身", "file content"}},
    {"mft", {"$MFT", "the $MFT"}},
    {"i30", {"フォルダーの索引（$I30）", "folder indexes ($I30)"}},
    {"collection", {"収集のみのファイル", "files that are only collected"}},
    {"usn", {"USN ジャーナル", "the USN journal"}},
    {"recyclebin", {"ごみ箱", "the recycle bin"}},
    {"mail.store", {"メールの保存箱", "the mail store"}},
    {"mail.attachment", {"Outlook の添付ファイル", "attachments kept by Outlook"}},
    {"defender", {"Defender のログ", "the Defender log"}},
    {"state.process", {"動作中のプロセス", "running processes"}},
    {"state.module", {"読み込まれたモジュール", "loaded modules"}},
    {"state.connection", {"通信中の接続", "connections"}},
    {"state.dns", {"DNS キャッシュ", "the DNS cache"}},
    {"state.network", {"ネットワークの構成", "network configuration"}},
    {"state.logon", {"ログオン中の利用者", "users logged on"}},
    {"state.smb", {"共有への接続元", "machines connected to shares"}},
    {"state.share", {"共有フォルダーとネットワークドライブ", "shares and mapped drives"}},
    {"state.account", {"アカウントとグループ", "accounts and groups"}},
    {"state.clock", {"端末の時計", "clock of the PC"}},
    {"state.service", {"サービスとドライバー", "services and drivers"}},
    {"state.autostart", {"自動起動（動作中の Windows）", "start-up entries, as Windows tells them"}},
    {"state.update", {"更新プログラム", "installed updates"}},
    {"state.shadow", {"シャドウコピーの有無", "shadow copies"}},
    {"state.protection", {"防御の設定", "protection settings"}},
};

static const struct label step_labels[] = {
    {"executed", {"実行", "execution"}}, {"arrived", {"到着", "arrival"}},
    {"opened", {"開封", "opening"}},     {"effect", {"その後の動き", "effect"}},
    {"cleared", {"消去", "clearing"}},   {"set", {"設定の変更", "change of the setting"}},
    {"burst", {"一斉の作成", "burst"}},  {"text", {"文面", "text"}},
    {"note", {"脅迫文", "note"}},        {"detected", {"検出", "detection"}},
    {"content", {"中身", "content"}},    {"did", {"書き込み", "writing"}},
};

static struct hk_text label_of(const struct label *v, size_t n, const char *code)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(v[i].code, code) == 0) return v[i].text;
  return (struct hk_text){.ja = code, .en = code};
}

#define LABEL(table, code) label_of(table, sizeof(table) / sizeof(table)[0], code)

/* ---- sentences ---- */

struct pair {
  struct hk_buf ja, en;
};

static void put(struct pair *p, const char *ja, const char *en)
{
  hk_buf_z(&p->ja, ja);
  hk_buf_z(&p->en, en);
}

static void put_both(struct pair *p, struct hk_text t)
{
  put(p, t.ja, t.en);
}

static void put_when(struct pair *p, hk_time t)
{
  put_time(&p->ja, t);
  put_time(&p->en, t);
}

static void open_pair(struct pair *p)
{
  hk_buf_init(&p->ja, SENTENCE_BYTES);
  hk_buf_init(&p->en, SENTENCE_BYTES);
}

static struct hk_text close_pair(struct hk_case *c, struct pair *p)
{
  const struct hk_text t = {.ja = finish(c, &p->ja), .en = finish(c, &p->en)};
  return t;
}

static void put_number(struct pair *p, size_t n)
{
  hk_buf_printf(&p->ja, "%zu", n);
  hk_buf_printf(&p->en, "%zu", n);
}

static void list_missing(struct pair *p, const struct hk_answer *a, size_t most)
{
  for (size_t i = 0; i < a->n_missing && i < most; i++) {
    if (i > 0) put(p, "、", ", ");
    put_both(p, LABEL(kind_labels, a->missing[i]));
  }
  if (a->n_missing <= most) return;
  put(p, "、ほか ", " and ");
  put_number(p, a->n_missing - most);
  put(p, " 種類", " more");
}

struct topic {
  struct hk_text none;    /* no sign: "… in the records from A to B" */
  struct hk_text unknown; /* cannot say */
};

static const struct topic topics[HK_Q_MISSED] = {
    [HK_Q_INFECTED] = {{"感染の痕跡はありません", "No sign of infection was found"},
                       {"残っている記録では、感染したかどうかを判断できません",
                        "The records that are left cannot tell whether it is infected"}},
    [HK_Q_CAUSE] = {{"侵入の痕跡はありません", "No sign of a way in was found"},
                    {"残っている記録では、原因を判断できません", "The records that are left cannot tell the cause"}},
    [HK_Q_IMPACT] = {{"被害の痕跡はありません", "No sign of damage was found"},
                     {"残っている記録では、被害の有無を判断できません",
                      "The records that are left cannot tell whether there is damage"}},
    [HK_Q_TERMINAL] = {{"他の端末からの被害の痕跡はありません", "No sign of damage from another machine was found"},
                       {"残っている記録では、起点の端末を判断できません",
                        "The records that are left cannot tell where it started"}},
};

static void claim_found(struct hk_case *c, struct pair *p, const struct hk_answer *a, const struct hk_found *top)
{
  const struct hk_text t = hk_claim_of(c, top);
  if (a->level == HK_CONFIRMED) {
    put(p, "", "It is confirmed that ");
    put_both(p, t);
    put(p, "を確認しました。", ".");
  } else if (a->level == HK_LIKELY) {
    put(p, "", "It is likely that ");
    put_both(p, t);
    put(p, "があった可能性が高いです。", ".");
  } else {
    put(p, "", "It is suspected that ");
    put_both(p, t);
    put(p, "の疑いがあります。", ".");
  }
  if (a->n_findings < 2) return;
  put(p, "ほかに ", " There ");
  hk_buf_z(&p->en, a->n_findings == 2 ? "is " : "are ");
  put_number(p, a->n_findings - 1);
  put(p, " 件の手掛かりがあります。", a->n_findings == 2 ? " more finding." : " more findings.");
}

static void claim_none(struct hk_case *c, struct pair *p, const struct hk_answer *a)
{
  const struct topic *const t = &topics[a->question];
  if (a->level == HK_NO_SIGN) {
    put_when(p, c->window_lo);
    hk_buf_reset(&p->en);
    hk_buf_z(&p->ja, " から ");
    hk_buf_printf(&p->en, "%s in the records from ", t->none.en);
    put_time(&p->en, c->window_lo);
    hk_buf_z(&p->en, " to ");
    put_when(p, c->window_hi);
    hk_buf_printf(&p->ja, " までの記録に、%s。", t->none.ja);
    hk_buf_z(&p->en, ".");
    return;
  }
  put_both(p, t->unknown);
  put(p, "。", ".");
  if (a->no_sign_since == HK_TIME_UNKNOWN) return;
  put(p, "ただし ", " There is no sign since ");
  put_when(p, a->no_sign_since);
  put(p, " 以降の痕跡はありません。", ".");
}

static void claim_missed(struct pair *p, const struct hk_answer *a)
{
  if (a->level == HK_NO_SIGN) {
    put(p, "対象期間の必要な記録は、すべてそろっていました。",
        "All records that were needed for the period were there.");
    return;
  }
  if (a->n_missing > 0) {
    put(p, "対象期間のすべては確かめられない記録が ", "");
    put_number(p, a->n_missing);
    put(p, " 種類あります: ",
        a->n_missing == 1 ? " kind of record could not speak for the whole period: "
                          : " kinds of record could not speak for the whole period: ");
    list_missing(p, a, 6);
    put(p, "。", ".");
  }
  if (a->n_findings == 0) return;
  put(p, "記録が消された、または止められた跡が ", a->n_missing > 0 ? " There are " : "There are ");
  put_number(p, a->n_findings);
  put(p, " 件あります。", " traces of records being cleared or switched off.");
}

static void doubt_found(struct hk_case *c, struct pair *p, const struct hk_answer *a, const struct hk_found *top)
{
  if (a->level > top->level) { /* two likely findings of different records */
    put(p, "一つずつでは「可能性が高い」までですが、別々の記録による複数の手掛かりが一致しています。",
        "Each finding alone would only be likely; several, from different records, agree.");
    return;
  }
  if (top->n_caps > 0) {
    put(p,
        top->unexcluded[0] ? "" : "別の説明があります: ", top->unexcluded[0] ? "" : "There is another explanation: ");
    const struct hk_text t = hk_cap_text(c, top, 0);
    if (t.en[0] == 'n' && top->unexcluded[0]) hk_buf_z(&p->en, "N");
    hk_buf_z(&p->ja, t.ja);
    hk_buf_z(&p->en, top->unexcluded[0] ? t.en + 1 : t.en);
    put(p, "。", ".");
    return;
  }
  const struct hk_text weakest = LABEL(step_labels, top->rule->steps[top->weakest].name);
  if (top->grades[top->weakest] != 'A') {
    put(p, "いちばん弱い点は「", "The weakest link is the ");
    put_both(p, weakest);
    if (top->grades[top->weakest] == 'B')
      put(p, "」で、独立した記録が一つ、または間接的な記録だけです。",
          ": one independent record, or indirect ones, show it.");
    else
      put(p, "」で、間接的な手掛かりしかありません。", ": only indirect traces show it.");
    return;
  }
  put(p, "独立した ", "");
  put_number(p, a->n_groups);
  put(p, " つの出典が一致しています。記録そのものが偽造された場合にだけ誤りとなります。",
      " independent sources agree; only forged records could make it wrong.");
}

static bool any_rule_asks(const struct hk_case *c, enum hk_question q)
{
  for (size_t i = 0; i < c->rules->n; i++)
    if (!c->rules->v[i].excuse && (c->rules->v[i].questions >> q & 1) != 0) return true;
  return false;
}

static void doubt_none(const struct hk_case *c, struct pair *p, const struct hk_answer *a)
{
  if (!any_rule_asks(c, a->question)) {
    put(p, "この版には、これを調べる規則がまだありません。", "This version has no rule yet that looks for it.");
    return;
  }
  if (a->level == HK_NO_SIGN) {
    put(p, "どの記録にも残らない方法で行われたことは、見えません。",
        "What leaves no trace in any of these records would not be seen.");
    return;
  }
  if (a->n_missing == 0) {
    put(p, "ほかの答えと切り離しては言えません。", "It cannot be said apart from the other answers.");
    return;
  }
  put(p, "対象期間について欠けている記録: ", "Not there for the whole period: ");
  list_missing(p, a, 4);
  put(p, "。", ".");
}

static void doubt_missed(struct pair *p, const struct hk_answer *a)
{
  if (a->level == HK_NO_SIGN)
    put(p, "記録の一部を巧みに書き換えられた場合は、気付けないことがあります。",
        "Records that were changed with skill may go unnoticed.");
  else
    put(p, "これらの期間に起きたことは、この PC の記録だけでは分かりません。",
        "What happened in those times cannot be known from this PC's records alone.");
}

void hk_sentence(struct hk_case *c, struct hk_answer *a, const struct hk_found *top)
{
  struct pair claim;
  struct pair doubt;
  open_pair(&claim);
  open_pair(&doubt);
  if (a->question == HK_Q_MISSED) {
    claim_missed(&claim, a);
    doubt_missed(&doubt, a);
  } else if (a->level >= HK_SUSPECTED && top != NULL) {
    claim_found(c, &claim, a, top);
    doubt_found(c, &doubt, a, top);
  } else {
    claim_none(c, &claim, a);
    doubt_none(c, &doubt, a);
  }
  a->claim = close_pair(c, &claim);
  a->doubt = close_pair(c, &doubt);
}
