/* An age file as text: strict PEM (RFC 7468, figure 3) with the label AGE ENCRYPTED FILE. Lines have one length, so that every
   byte can be found without reading what is before it. */
#ifndef HK_STORE_AGE_ARMOR_H
#define HK_STORE_AGE_ARMOR_H

#include "base/bytes.h"
#include "base/err.h"

/* Do these first bytes, behind white space, begin such a text? */
bool age_armor_is(const void *p, size_t n);
/* The bytes it stands for; `in` is borrowed. A line that is not as it must be is HK_DAMAGED when it is read. */
hk_err age_armor_open(struct hk_bytes *in, struct hk_bytes **out);
void age_armor_close(struct hk_bytes *b); /* NULL is fine */

#endif
