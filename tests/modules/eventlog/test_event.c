/* The small XML reader, the builder of events, and splitting a program off its command line. */
#include "check.h"

#include "eventlog/event.h"
#include "eventlog/xml.h"
#include "lib/command.h"

static struct hk_arena arena;

static hk_str text(const char *z)
{
  return hk_str_of(z);
}

/* "O:a A:b=c T:d C:a ." for a token stream; "!" where it is bad. */
static const char *tokens(const char *z)
{
  static char out[4096];
  struct xml x;
  size_t n = 0;
  out[0] = '\0';
  xml_start(&x, &arena, text(z));
  for (int i = 0; i < 200; i++) {
    const enum xml_token t = xml_next(&x);
    const char *const form = t == XML_OPEN ? "O:%.*s " : t == XML_CLOSE ? "C:%.*s " : t == XML_TEXT ? "T:%.*s " : "A:%.*s=";
    if (t == XML_DONE || t == XML_BAD) {
      (void)snprintf(out + n, sizeof out - n, "%s", t == XML_DONE ? "." : "!");
      return out;
    }
    const hk_str s = t == XML_TEXT ? x.value : x.name;
    n += (size_t)snprintf(out + n, sizeof out - n, form, (int)s.n, s.p);
    if (t == XML_ATTRIBUTE) n += (size_t)snprintf(out + n, sizeof out - n, "%.*s ", (int)x.value.n, x.value.p);
  }
  return "endless";
}

TEST(test_xml__reads_elements_attributes_and_text)
{
  CHECK_EQ_STR(tokens("<a b=\"c\" d='e'>t<f/></a>"), "O:a A:b=c A:d=e T:t O:f C:f C:a .");
}

TEST(test_xml__writes_entities_out)
{
  CHECK_EQ_STR(tokens("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x3042;</a>"), "O:a T:<>&\"'A\xe3\x81\x82 C:a .");
}

TEST(test_xml__leaves_unknown_entities_as_they_stand)
{
  CHECK_EQ_STR(tokens("<a>&bad; & &#xZZ; &#99999999;</a>"), "O:a T:&bad; & &#xZZ; &#99999999; C:a .");
}

TEST(test_xml__reads_cdata_and_skips_comments)
{
  CHECK_EQ_STR(tokens("<?xml version=\"1.0\"?><a><!-- x --><![CDATA[<b>&]]></a>"), "O:a T:<b>& C:a .");
}

TEST(test_xml__refuses_what_is_not_well_formed)
{
  CHECK_EQ_STR(tokens("<a></b>"), "O:a !");
  CHECK_EQ_STR(tokens("<a"), "O:a !");
  CHECK_EQ_STR(tokens("<a b>"), "O:a !");
  CHECK_EQ_STR(tokens("<a b=\"c>"), "O:a !");
  CHECK_EQ_STR(tokens("<a><![CDATA[x</a>"), "O:a !");
  CHECK_EQ_STR(tokens("<a/><b/>"), "O:a C:a !");
  CHECK_EQ_STR(tokens(""), "!");
  CHECK_EQ_STR(tokens("<a>"), "O:a !");
}

TEST(test_xml__stops_at_its_depth)
{
  char z[XML_DEPTH * 3 + 4];
  size_t n = 0;
  for (int i = 0; i <= XML_DEPTH; i++) {
    memcpy(z + n, "<a>", 3);
    n += 3;
  }
  struct xml x;
  xml_start(&x, &arena, (hk_str){.p = z, .n = n});
  for (int i = 0; i < XML_DEPTH; i++) CHECK_EQ_INT(xml_next(&x), XML_OPEN);
  CHECK_EQ_INT(xml_next(&x), XML_BAD);
  CHECK_EQ_INT(xml_next(&x), XML_BAD);
}

TEST(test_event__keeps_names_values_and_their_order)
{
  struct event e;
  const hk_err r = event_from_xml(&arena,
                                  text("<Event xmlns=\"x\"><System><Provider Name=\"P\"/><EventID Qualifiers=\"7\">4688</EventID>"
                                       "<TimeCreated SystemTime=\"2026-03-10T01:41:00.123456700Z\"/><EventRecordID>9</EventRecordID>"
                                       "<Channel>Security</Channel></System><EventData><Data Name=\"A\">1</Data><Data>two</Data>"
                                       "<Data Name=\"A\"/><Data Name=\"X\"><q a=\"1\">v</q></Data></EventData></Event>"),
                                  &e);
  CHECK_EQ_INT(r.code, HK_OK);
  CHECK_EQ_INT(e.id, 4688);
  CHECK_EQ_INT(e.qualifiers, 7);
  CHECK_EQ_INT(e.record_id, 9);
  CHECK_EQ_INT(e.data.n, 4);
  CHECK_EQ_BYTES(e.provider.p, e.provider.n, "P");
  CHECK_EQ_BYTES(e.data.v[0].name.p, e.data.v[0].name.n, "A");
  CHECK_EQ_BYTES(e.data.v[0].value.p, e.data.v[0].value.n, "1");
  CHECK_EQ_BYTES(e.data.v[1].name.p, e.data.v[1].name.n, "Data");
  CHECK_EQ_BYTES(e.data.v[1].value.p, e.data.v[1].value.n, "two");
  CHECK_EQ_BYTES(e.data.v[2].value.p, e.data.v[2].value.n, "");
  CHECK_EQ_BYTES(e.data.v[3].name.p, e.data.v[3].name.n, "X");
  CHECK_EQ_BYTES(e.data.v[3].value.p, e.data.v[3].value.n, "<q a=\"1\">v</q>");
  char iso[HK_ISO_SIZE];
  CHECK_EQ_STR(hk_time_iso(e.created_at, iso), "2026-03-10T01:41:00.1234567Z");
}

TEST(test_event__flattens_user_data)
{
  struct event e;
  const hk_err r = event_from_xml(&arena,
                                  text("<Event><System><EventID>104</EventID></System><UserData><LogFileCleared xmlns=\"y\">"
                                       "<SubjectUserName>u</SubjectUserName><Channel k=\"1\">System</Channel></LogFileCleared>"
                                       "</UserData></Event>"),
                                  &e);
  CHECK_EQ_INT(r.code, HK_OK);
  CHECK_EQ_INT(e.data.n, 3);
  CHECK_EQ_BYTES(event_value(&e, "SubjectUserName").p, event_value(&e, "SubjectUserName").n, "u");
  CHECK_EQ_BYTES(event_value(&e, "Channel@k").p, event_value(&e, "Channel@k").n, "1");
}

TEST(test_event__injected_markup_stays_text)
{
  struct event e;
  const hk_err r = event_from_xml(&arena,
                                  text("<Event><System><EventID>4688</EventID></System><EventData><Data Name=\"CommandLine\">"
                                       "&lt;/Data&gt;&lt;Data Name=&quot;SubjectUserSid&quot;&gt;S-1-5-18</Data></EventData></Event>"),
                                  &e);
  CHECK_EQ_INT(r.code, HK_OK);
  CHECK_EQ_INT(e.data.n, 1);
  CHECK(event_value(&e, "SubjectUserSid").p == NULL);
}

/* Damaged binary XML can hold text and attributes before any element. */
TEST(test_event__ignores_what_stands_outside_all_elements)
{
  struct builder *b = builder_make(&arena);
  CHECK(b != NULL);
  builder_text(b, text("x"));
  builder_attribute(b, text("a"), text("b"));
  builder_close(b);
  builder_again(b);
  CHECK_EQ_INT(builder_depth(b), 0);
  CHECK_EQ_INT(builder_event(b).data.n, 0);
}

TEST(test_event__refuses_too_many_values)
{
  struct builder *b = builder_make(&arena);
  builder_open(b, text("Event"));
  builder_open(b, text("EventData"));
  for (int i = 0; i <= EVENT_MAX_PAIRS; i++) {
    builder_open(b, text("Data"));
    builder_text(b, text("v"));
    builder_close(b);
  }
  CHECK_EQ_INT(builder_state(b).code, HK_LIMIT);
}

TEST(test_event_number__reads_decimal_and_hex_only)
{
  CHECK_EQ_INT(event_number(text("500")), 500);
  CHECK_EQ_INT(event_number(text("0x1F4")), 500);
  CHECK_EQ_INT(event_number(text("0x")), HK_NO_INT);
  CHECK_EQ_INT(event_number(text("")), HK_NO_INT);
  CHECK_EQ_INT(event_number(text("5a")), HK_NO_INT);
  CHECK_EQ_INT(event_number(text("-1")), HK_NO_INT);
  CHECK_EQ_INT(event_number(text("99999999999999999999")), HK_NO_INT);
  CHECK_EQ_INT(event_number(text("0xffffffffffffffff")), HK_NO_INT);
}

static const char *program(const char *z)
{
  return hk_str_z(&arena, hk_command_program(&arena, text(z)));
}

TEST(test_command__takes_the_program_off_its_arguments)
{
  CHECK_EQ_STR(program("\"C:\\a b\\x.exe\" /q \"y\""), "C:\\a b\\x.exe");
  CHECK_EQ_STR(program("C:\\Program Files\\a.b\\x.exe /q"), "C:\\Program Files\\a.b\\x.exe");
  CHECK_EQ_STR(program("C:\\x.exe"), "C:\\x.exe");
  CHECK_EQ_STR(program("  rundll32.exe C:\\y.dll,Run"), "rundll32.exe");
  CHECK_EQ_STR(program("C:\\noextension -k netsvcs"), "C:\\noextension");
  CHECK_EQ_STR(program("C:\\x.executable\\y.exe 1"), "C:\\x.executable\\y.exe");
}

TEST(test_command__writes_system_folders_out)
{
  CHECK_EQ_STR(program("%SystemRoot%\\System32\\svchost.exe -k x"), "C:\\Windows\\System32\\svchost.exe");
  CHECK_EQ_STR(program("\\SystemRoot\\System32\\drivers\\a.sys"), "C:\\Windows\\System32\\drivers\\a.sys");
  CHECK_EQ_STR(program("system32\\DRIVERS\\a.sys"), "C:\\Windows\\System32\\DRIVERS\\a.sys");
  CHECK_EQ_STR(program("\\??\\C:\\a\\b.sys"), "C:\\a\\b.sys");
  CHECK_EQ_STR(program("%COMSPEC% /b /c start powershell.exe"), "C:\\Windows\\System32\\cmd.exe");
  CHECK_EQ_STR(program("\"%ProgramFiles%\\x y\\z.exe\" /1"), "C:\\Program Files\\x y\\z.exe");
}

TEST(test_command__survives_nothing_and_open_quotes)
{
  CHECK_EQ_INT(hk_command_program(&arena, (hk_str){0}).n, 0);
  CHECK_EQ_STR(program("\""), "");
  CHECK_EQ_STR(program("%"), "%");
  CHECK_EQ_STR(program("\"C:\\x.exe"), "C:\\x.exe");
}
