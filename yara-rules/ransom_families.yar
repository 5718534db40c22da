/* Which family a ransom note belongs to. Scanned over the same prepared text as ransom_signs.yar (lower case, no quotes, one
   space between words). Only facts: names the writers give themselves, the names in their onion addresses, a few words of
   their wording. A family rule names; it makes a note only where meta certain = 1, for notes too short for the signs.

   meta: kind = "family"; family = name in use; certain = 1 when the rule alone is enough. */

rule family_3am { meta: kind = "family" family = "3AM" strings: $a = "threeam7" $b = "3 am the time of mysticism" condition: any of them }
rule family_akira { meta: kind = "family" family = "Akira" strings: $a = "akiralkzxzq" $b = "akiral2iz6a" condition: any of them }
rule family_azov { meta: kind = "family" family = "Azov" certain = 1 strings: $a = "!azov ransomware!" condition: $a at 0 }
rule family_bitransomware { meta: kind = "family" family = "BitRansomware" strings: $a = "purchase an unique decryptor" $b = "closed network tor" condition: all of them }
rule family_biglock { meta: kind = "family" family = "BigLock" strings: $a = "chacha + aes" $b = "list of encrypted files" condition: all of them }
rule family_blackhunt { meta: kind = "family" family = "Black Hunt" strings: $a = "black hunt" $b = "penetrated by" condition: all of them }
rule family_cloak { meta: kind = "family" family = "Cloak" strings: $a = "47h4pwve4scndaneljfn" $b = "what you will face if your data gets on the black market" condition: any of them }
rule family_conti { meta: kind = "family" family = "Conti" strings: $a = /conti (strain|ransomware)/ $b = "contirec" condition: any of them }
rule family_dark_angels { meta: kind = "family" family = "Dark Angels" strings: $a = "d a r k a n g e l s" condition: $a }
rule family_dharma { meta: kind = "family" family = "Dharma" strings: $a = "due to a security problem with your pc" $b = "free decryption as guarantee" condition: all of them }
rule family_embargo { meta: kind = "family" family = "Embargo" strings: $a = "embargo team" $b = "embargobe3n5" condition: any of them }
rule family_hades { meta: kind = "family" family = "Hades" strings: $a = "extension name: *." $b = "what guarantees" $c = "m6s6axasulxjkhzh" condition: $c or ($a and $b) }
rule family_inc { meta: kind = "family" family = "INC" strings: $a = /\binc\.? ransom/ $b = "incpay" $c = "incblog" $d = "incapt." condition: 2 of them }
rule family_lilith { meta: kind = "family" family = "Lilith" strings: $a = "yeuajcizwytgmrntijhx" condition: $a }
rule family_lv { meta: kind = "family" family = "LV" strings: $a = "welcome to lv" $b = "rbvuetuneohce3ouxjlb" condition: any of them }
rule family_makop { meta: kind = "family" family = "Makop" strings: $a = "makop" $b = /exfiltrated tons of your private data/ condition: any of them }
rule family_medusalocker { meta: kind = "family" family = "MedusaLocker" strings: $a = "your company network has been penetrated" $b = "only modified. (rsa+aes)" condition: all of them }
rule family_play { meta: kind = "family" family = "Play" certain = 1 strings: $a = /^play [a-z]{8,24}@gmx\.(com|de)/ $b = "play news portal, tor network links" condition: filesize < 600 and ($a at 0 or $b at 0) }
rule family_quantum { meta: kind = "family" family = "Quantum" strings: $a = "quantum locker" condition: $a }
rule family_ransomhouse { meta: kind = "family" family = "RansomHouse" strings: $a = "welcome to the ransomhouse" $b = "t.me/ransom_house" condition: any of them }
rule family_relic { meta: kind = "family" family = "Relic" strings: $a = "welcome to relic project" condition: $a }
rule family_schoolboys { meta: kind = "family" family = "School Boys" strings: $a = "pnanlicgxkku2aonwsg2" condition: $a }
rule family_stop { meta: kind = "family" family = "STOP/Djvu" strings: $a = "return all your files" $b = "video overview decrypt tool" condition: all of them }
rule family_suncrypt { meta: kind = "family" family = "SunCrypt" certain = 1 strings: $a = "private data will be published here or sold" $b = "secret message" condition: all of them }
rule family_trigona { meta: kind = "family" family = "Trigona" strings: $a = "trigona" $b = "auth using this key" $c = "decryption price increases every hour" condition: $a or ($b and $c) }
rule family_underground { meta: kind = "family" family = "Underground" strings: $a = "the underground team welcomes you" condition: $a }

rule family_alphv { meta: kind = "family" family = "ALPHV" strings: $a = "alphvmmm27o3abo3r2ml" $b = "msv7eaydbdue7x6hos2k" $c = /\balphv\b/ $d = "access user panel" $e = "2cuqgeerjdba2rhdiviezodpu3lc4qz2sjf4qin6f7std2evleqlzjid" condition: any of them }
rule family_beast { meta: kind = "family" family = "Beast" strings: $a = /\bbeast\b/ $b = "encrypt" condition: all of them }
rule family_bitpaymer { meta: kind = "family" family = "BitPaymer" strings: $a = /tail: ?\S+ key: ?/ $b = "qmnmrba4s4a3py6z.onion" condition: any of them }
rule family_black_basta { meta: kind = "family" family = "Black Basta" strings: $a = "black basta" $b = "blackbasta" $c = "aazsbsgya565vlu2c6bz" $d = "bastad5huzwkepdixedg" condition: any of them }
rule family_cartel { meta: kind = "family" family = "Cartel" strings: $a = "cartelirsn5l54ehcbal" condition: $a }
rule family_clop { meta: kind = "family" family = "Clop" strings: $a = /\b(clop|cl0p|c1op|c10p|ciop|ci0p)\^?_?-?\b/ $b = "santat7kpllt6iyvqbr7" $c = "6v4q5w7di74grj2vtmik" $d = "unlock@" $e = "ekbgzchl6x2ias37" condition: any of ($b, $c, $e) or ($a and $d) }
rule family_cryptomix { meta: kind = "family" family = "CryptoMix" strings: $a = "ms.heisenberg@" $b = /decrypt-id-\S* number/ condition: any of them }
rule family_darkbit { meta: kind = "family" family = "DarkBit" strings: $a = "darkbit" condition: $a }
rule family_diavol { meta: kind = "family" family = "Diavol" strings: $a = "r2gttyb5vqu6swf5" $b = "your computers and servers were locked" condition: any of them }
rule family_gandcrab { meta: kind = "family" family = "GandCrab" strings: $a = "gandcrab" condition: $a }
rule family_hunters { meta: kind = "family" family = "Hunters International" certain = 1 strings: $a = /hunters(33|55)[a-z2-7]{47}\.onion/ $b = "data leak site" condition: all of them }
rule family_karma { meta: kind = "family" family = "Karma" strings: $a = "3nvzqyo6l4wkrzumzu5a" $b = /\bkarma\b/ $c = "leaked" condition: $a or ($b and $c) }
rule family_locky { meta: kind = "family" family = "Locky" strings: $a = "6dtxgqam4crv6rr6" $b = "your personal identification id" $c = "on our secret server" condition: $a or ($b and $c) }
rule family_magniber { meta: kind = "family" family = "Magniber" strings: $a = "zgpnnj5ikwfugnfvmxzn" $b = "only 1 way to decrypt your files is to receive the private key and decryption program" condition: any of them }
rule family_medusa { meta: kind = "family" family = "Medusa" strings: $a = "medusaxko7jxtrojdkxo" $b = "medusakxxtp3uo7vusnt" $c = "medusa.support@" condition: any of them }
rule family_monti { meta: kind = "family" family = "Monti" strings: $a = "monti strain" $b = "monti5o7lvyrpyk26lqo" $c = "mblogci3rudehaagbryj" condition: any of them }
rule family_qlocker { meta: kind = "family" family = "Qlocker" strings: $a = "gvka2m4qt5fod2fltkjm" condition: $a }
rule family_ragnarok { meta: kind = "family" family = "Ragnarok" strings: $a = "ragnar0k" $b = "ragnarok" condition: any of them }
rule family_ra_world { meta: kind = "family" family = "RA World" strings: $a = "raworldw32b2qxevn3gp" $b = /\bra world\b/ condition: any of them }
rule family_revil { meta: kind = "family" family = "REvil" strings: $a = /\b(revil|sodinokibi)\b/ $b = "aplebzu47wgazapdqks6" $c = "dnpscnbaix6nkwvystl3" $d = "decryptor.top" condition: any of them }
rule family_slug { meta: kind = "family" family = "Slug" strings: $a = "3ytm3d25hfzvbylkxiwy" condition: $a }
rule family_sugar { meta: kind = "family" family = "Sugar" strings: $a = ".encoded01" condition: $a }
rule family_teslacrypt { meta: kind = "family" family = "TeslaCrypt" strings: $a = "specially for your pc was generated personal" $b = "teslacrypt" condition: any of them }
rule family_u_bomb { meta: kind = "family" family = "U-Bomb" strings: $a = "contiuevxdgdhn3zl2ku" $b = "ellen0xffff" condition: any of them }
rule family_xorist { meta: kind = "family" family = "Xorist" strings: $a = "fast_decrypt_and_protect@" $b = "the single copy of the private key, with will allow you" condition: any of them }

/* Families that are not in the tests' evidence; by the names they give themselves. */
rule family_lockbit { meta: kind = "family" family = "LockBit" strings: $a = /\blockbit\b/ $b = "lockbitapt" $c = "ransom" condition: $b or ($a and $c) }
rule family_cryptowall { meta: kind = "family" family = "CryptoWall" strings: $a = "cryptowall" condition: $a }
rule family_wannacry { meta: kind = "family" family = "WannaCry" strings: $a = "wanna decryptor" $b = "wannacry" condition: any of them }
rule family_phobos { meta: kind = "family" family = "Phobos" strings: $a = /\bphobos\b/ $b = "decrypt" condition: all of them }
rule family_royal { meta: kind = "family" family = "Royal" strings: $a = "royal2xthig3ou5hd7zs" condition: $a }
rule family_8base { meta: kind = "family" family = "8Base" strings: $a = "basemmnnqwxevlymli5b" $b = "8base" condition: any of them }
rule family_rhysida { meta: kind = "family" family = "Rhysida" strings: $a = "rhysidafohrhyy2aszi7" condition: $a }
rule family_qilin { meta: kind = "family" family = "Qilin" strings: $a = /\b(qilin|agenda)\b/ $b = "-- credentials" condition: all of them }
