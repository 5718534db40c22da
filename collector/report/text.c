/* The text catalogue. */
#include "report/report.h"

static const struct hk_text texts[HK_TEXT_COUNT] = {
#define HK_TEXT(id, ja_text, en_text) [HK_TEXT_##id] = {.ja = (ja_text), .en = (en_text)},
#include "report/text.def"
#undef HK_TEXT
};

const char *hk_text(enum hk_text_id id, bool japanese)
{
  if ((unsigned)id >= HK_TEXT_COUNT) return "";
  return hk_text_in(texts[id], japanese);
}
