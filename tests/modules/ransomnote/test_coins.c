/* Addresses against the examples of their own standards and of real services. */
#include "check.h"

#include "ransomnote/coins.h"

TEST(test_coins__bitcoin_addresses_of_the_standards)
{
  /* The first block's address; a pay-to-script-hash one; BIP 173 and BIP 350 test vectors. */
  CHECK(coin_is_bitcoin(HK_S("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")));
  CHECK(coin_is_bitcoin(HK_S("3P14159f73E4gFr7JterCCQh9QjiTjiZrG")));
  CHECK(coin_is_bitcoin(HK_S("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4")));
  CHECK(coin_is_bitcoin(HK_S("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0")));
}

TEST(test_coins__one_wrong_character_is_seen)
{
  CHECK(!coin_is_bitcoin(HK_S("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")));
  CHECK(!coin_is_bitcoin(HK_S("3P14159f73E4gFr7JterCCQh9QjiTjiZrH")));
  CHECK(!coin_is_bitcoin(HK_S("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")));
  /* BIP 350: version 1 with the checksum of BIP 173 */
  CHECK(!coin_is_bitcoin(HK_S("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd")));
  CHECK(!coin_is_bitcoin(HK_S("")));
  CHECK(!coin_is_bitcoin(HK_S("111111111111111111111111111111111")));
}

TEST(test_coins__monero_address)
{
  /* The donation address in Monero's own source tree. */
  const hk_str good =
      HK_S("888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H");
  CHECK(coin_is_monero(good));
  const hk_str wrong =
      HK_S("888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3J");
  CHECK(!coin_is_monero(wrong));
  CHECK(!coin_is_monero(HK_S("4")));
}

TEST(test_coins__onion_names)
{
  /* Two public services. */
  CHECK(coin_is_onion_v3(HK_S("duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad")));
  CHECK(coin_is_onion_v3(HK_S("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid")));
  CHECK(!coin_is_onion_v3(HK_S("duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczae")));
  CHECK(!coin_is_onion_v3(HK_S("facebookcorewwwi")));
}
