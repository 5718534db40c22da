/* Content is what is in the file now: its events have no time of their own. */
#include "lib/content.h"

const struct hk_kind content_kind = {.name = "content", .source = "content", .group = "content"};
const struct hk_kind *const content_kinds[1] = {&content_kind};

HK_RECORD_TYPE(content, CONTENT_FIELDS, .artifact = "Content", .verb = HK_CONTENT, .timeless = true, .proof = 3,
               HK_KINDS(content_kinds), .title = {.ja = "ファイルの内容", .en = "Content of a file"});

/* The file system's word; times can be set by anyone who may write the file. */
const struct hk_kind file_times_kind = {.name = "file.times", .source = "mft", .group = "mft"};
static const struct hk_kind *const file_times_kinds[] = {&file_times_kind};

HK_RECORD_TYPE(file_created, FILE_CREATED_FIELDS, .artifact = "FileCreated", .verb = HK_CREATED, .proof = 2,
               HK_KINDS(file_times_kinds), .title = {.ja = "ファイルの作成", .en = "Creation of a file"});
