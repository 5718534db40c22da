/* Content is what is in the file now: its events have no time of their own. */
#include "lib/content.h"

const struct hk_kind content_kind = {.name = "content", .source = "content", .group = "content"};
const struct hk_kind *const content_kinds[1] = {&content_kind};

HK_RECORD_TYPE(content, CONTENT_FIELDS, .artifact = "Content", .verb = HK_CONTENT, .timeless = true, .proof = 3,
               .kinds = content_kinds, .n_kinds = 1, .title = {.ja = "ファイルの内容", .en = "Content of a file"});
