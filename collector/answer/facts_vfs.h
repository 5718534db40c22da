/* SQLite over an encrypted work file: only the main database; what SQLite keeps aside stays in memory. */
#ifndef HK_ANSWER_FACTS_VFS_H
#define HK_ANSWER_FACTS_VFS_H

#include <sqlite3.h>

#include "store/scratch.h"

#define FACTS_VFS "hikeshi-scratch"

/* Makes the name known to SQLite. */
int facts_vfs_register(void);
/* The file of a database that was opened so; NULL when it was not. Borrowed. */
struct hk_scratch *facts_vfs_file(sqlite3 *db);

#endif
