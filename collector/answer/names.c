/* The stable codes of levels and questions, as in answers.schema.json. */
#include "answer/answer.h"

const char *hk_level_code(enum hk_level l)
{
  static const char *const codes[HK_LEVEL_COUNT] = {
      [HK_CANNOT_SAY] = "cannot_say", [HK_NO_SIGN] = "no_sign",     [HK_SUSPECTED] = "suspected",
      [HK_LIKELY] = "likely",         [HK_CONFIRMED] = "confirmed",
  };
  return codes[l];
}

const char *hk_question_code(enum hk_question q)
{
  static const char *const codes[HK_Q_COUNT] = {
      [HK_Q_INFECTED] = "infected", [HK_Q_CAUSE] = "cause",   [HK_Q_IMPACT] = "impact",
      [HK_Q_TERMINAL] = "terminal", [HK_Q_MISSED] = "missed",
  };
  return codes[q];
}
