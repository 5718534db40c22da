/* A pull reader for the XML that libevtx writes for one record: elements, attributes, text, the five named entities,
   character references, CDATA, comments and processing instructions. No DTD, no namespaces, no recursion; depth at most
   XML_DEPTH. The text in it comes from an attacker, so nothing is trusted: what does not fit ends in XML_BAD. */
#ifndef EVENTLOG_XML_H
#define EVENTLOG_XML_H

#include "base/arena.h"
#include "base/cur.h"
#include "base/str.h"

enum { XML_DEPTH = 64 };

enum xml_token {
  XML_OPEN,      /* name; its attributes follow */
  XML_ATTRIBUTE, /* name and value, of the element opened last */
  XML_TEXT,      /* value; one element's text may come in several pieces */
  XML_CLOSE,     /* name */
  XML_DONE,      /* after the root element was closed */
  XML_BAD,       /* not well-formed, too deep, or no memory; stays so */
};

struct xml {
  struct hk_cur in;
  struct hk_arena *arena; /* for text with entities */
  hk_str name;
  hk_str value;
  hk_str open[XML_DEPTH];
  size_t depth;
  size_t body_at;    /* where the content of the element opened last begins, once its tag has ended */
  size_t tag_at;     /* where the tag told last begins */
  bool in_tag;       /* between "<name" and ">" */
  bool seen_root;
  bool bad;
};

/* Names and values are views of `text` where no entity had to be written out, so the text must outlive them. */
void xml_start(struct xml *x, struct hk_arena *a, hk_str text);
enum xml_token xml_next(struct xml *x);

#endif
