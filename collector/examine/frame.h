/* What broker and examiner child say to each other. A frame is
     u32 length of the body, u8 type, body          all numbers little-endian, length at most HK_FRAME_MAX
   and a STR in a body is u32 length and bytes, in valid UTF-8. Broker to child:
     BEGIN  u64 ticket, u32 module, u32 milliseconds it may take, u64 size, u64 data from, u64 born, modified, accessed, changed,
            u32 attributes, u8 every record, STR path, STR owner SID    the item; the child answers TAKEN … DONE
     BYTES  u8 code (enum hk_code), bytes           the answer to NEED; fewer than asked at the end or behind an error
     PROBE  -                                       asks for PROBED
     END    -                                       the child leaves
   Child to broker:
     READY  u32 HK_FRAME_VERSION, STR measures      first of all
     TAKEN  u64 ticket of the BEGIN                 first answer to it. Frames that an earlier item left in the pipe cannot
                                                    know the ticket and so never count as this item's
     NEED   u64 offset, u32 length                  1 … HK_FRAME_NEED_MAX; the child waits for BYTES
     RECORD u16 number in module->records, u16 kind, wire form of the record (record/wire.h)
     NOTE   u8 code, u64 offset (two's complement), u32 os, STR step
     REMARK STR text
     COVER  u16 number in module->kinds, u64 lo, u64 hi, u8 partial, STR instance, STR why
     DONE   u8 code, u64 offset, u32 os, STR step   ends the item
     PROBED u32 bit for each enum os_probe that was refused
   The broker trusts none of it: judge.h. */
#ifndef HK_EXAMINE_FRAME_H
#define HK_EXAMINE_FRAME_H

#include "base/buf.h"
#include "base/cur.h"
#include "base/err.h"
#include "base/str.h"

#define HK_FRAME_VERSION 3u
#define HK_FRAME_HEAD 5u
#define HK_FRAME_MAX (16u << 20)
#define HK_FRAME_NEED_MAX (4u << 20)
#define HK_FRAME_TEXT_MAX 4096u /* bytes of a step, a remark, an instance, a reason */

enum hk_frame_type {
  HK_FRAME_BEGIN = 1,
  HK_FRAME_BYTES,
  HK_FRAME_PROBE,
  HK_FRAME_END,
  HK_FRAME_READY = 65,
  HK_FRAME_NEED,
  HK_FRAME_RECORD,
  HK_FRAME_NOTE,
  HK_FRAME_REMARK,
  HK_FRAME_COVER,
  HK_FRAME_DONE,
  HK_FRAME_PROBED,
  HK_FRAME_TAKEN,
};

struct hk_frame {
  uint8_t type;
  struct hk_cur body;
};

/* Takes one whole frame off the front of n bytes: its size with head, 0 when more bytes are needed. HK_REFUSED when its
   length is beyond HK_FRAME_MAX. */
hk_err hk_frame_split(const uint8_t *p, size_t n, struct hk_frame *out, size_t *size);

/* Appends the head of a frame; hk_frame_close puts in the length once the body is there. */
size_t hk_frame_open(struct hk_buf *out, enum hk_frame_type type);
void hk_frame_close(struct hk_buf *out, size_t opened_at);
void hk_frame_put_str(struct hk_buf *out, hk_str s);
/* A STR of at most `most` bytes; points into the frame. HK_REFUSED when too long or not UTF-8. */
hk_err hk_frame_get_str(struct hk_cur *in, size_t most, hk_str *out);

#endif
