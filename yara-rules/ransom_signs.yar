/* Signs of a ransom note. Each rule is one sign of one group; collector code adds the weights up (modules/ransomnote) and
   wants several groups, so that no rule decides alone.

   The text scanned here is prepared: decoded to UTF-8, markup removed, lower case, quotes and apostrophes removed, every run
   of blanks one space. So "Don't" is "dont", and no rule needs nocase, wide or line ends.

   meta: kind = "sign"; group = harm (what was done to the reader), key (what only the writer can give), pay, contact,
   hidden (a contact made to leave no trace), threat (what happens otherwise), caution (what the reader must not do), proof (free sample, guarantee); weight 1 to 3. */

rule harm_your_files_encrypted
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 3
  strings:
    $a = /\b(your|all|these|important|company|the|network) (important |personal |corporate |work |other |sensitive |valuable )?(files|documents|data|databases|photos|servers?|systems?|network|pc|computers?|workstations|infrastructure|backups?|hosts|machines|devices|storage|drives|disks)\b[^.!?]{0,90}\b(encrypted|encryption by|crypted|ciphered|cyphered|locked by|enciphered)\b/
    $b = /\b(we|have|has|our (team|software|program)) (have |has |just |successfully |already |also |fully )?(encrypted|locked|crypted) (all |most |some )?(of )?(your|the) (important |company |critical )?(files|data|documents|servers?|systems?|network|databases|workstations|infrastructure|backups?|pc|computers?|hosts|machines)/
    $c = /\b(your|all) [a-z, ]{0,60}(were|was|are|is|has been|have been|being) (now |just |currently |fully |completely |also |mysteriously |securely )*(encrypted|crypted|ciphered)\b/
  condition:
    any of them
}

rule harm_network_penetrated
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 3
  strings:
    $a = /\b(your|whole|entire|corporate|company|companys|internal|local) (company |whole |entire |corporate |internal |local |business |it )?(networks?|infrastructure|systems?|company|servers?|security perimeter|perimeter|pc|computers?)\b[^.!?]{0,70}\b(penetrated|hacked|breached|compromised|attacked|infiltrated|under our control|been tested by us)\b/
    $b = /\bwe (have |has |had |successfully |just )*(hacked|breached|penetrated|attacked|infiltrated|compromised|got access to|gained access to) (you|your|into your)\b/
    $c = /\b(hacked into|attack on|intrusion into|penetration of) your (corporate |company |internal )?(network|company|systems?|servers?)\b/
    $d = "you have been hacked"
    $e = "you are locked by"
    $f = "you became a victim of"
    $g = "you have become a victim of"
    $i = /\b(who|we) (have )?hacked you\b/
    $h = /you (are|have been|were) (a )?victims? of [a-z0-9 -]{0,30}(ransomware|encryption|attack)/
  condition:
    any of them
}

rule harm_data_stolen
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 3
  strings:
    $a = /\b(we|also|team|have|has|had|hackers)\b[^.!?]{0,50}\b(stole|stolen|downloaded|exfiltrated|copied|uploaded|collected|extracted|gathered|leaked|got|taken)\b[^.!?]{0,70}\b(data|files|documents|information|databases|secrets)\b/
    $b = /\b(your|critical|sensitive|private|personal|confidential|internal|corporate|important|all)\b[^.!?]{0,40}\b(data|files|documents|information|databases)\b[^.!?]{0,40}\b(stolen|exfiltrated|was downloaded|were downloaded|been downloaded|was leaked|is leaked|are leaked|been leaked|been copied|been uploaded)\b/
  condition:
    any of them
}

rule harm_ransomware_said
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 1
  strings:
    $a = /\b(by|are|is|encrypted with|infected with|infected by) [a-z0-9 .-]{0,24}(ransomware|ransom ?team|crypto ?locker|locker|encrypter|cryptor)\b/
    $b = /your (files|data|computer)[^.!?]{0,40}(marked|renamed|have|has) [^.!?]{0,30}extension/
    $c = /(marked by|all files[^.!?]{0,30} ha(s|ve)|with the|new|added|have) [a-z0-9*. ]{0,14}extension/
  condition:
    any of them
}

rule key_decryptor
{
  meta:
    kind = "sign"
    group = "key"
    weight = 2
  strings:
    $a = /\bdecrypt(or|ors|er|ers|ion)? (tools?|software|programs?|app|application|utility|utilities|key|keys|assistance|service|price)\b/
    $b = /\b(our|unique|special|the|your|a|universal|personal) (unique |special |personal |private )?decrypt(or|er|ors|ers)\b/
    $c = /\b(buy|purchase|get|obtain|need|have|receive|provide you)[^.!?]{0,40}\b(private|unique|secret|rsa|decryption|decryptor|master) (rsa |decryption |decryptor )?keys?\b/
    $d = /\bprograms? for decryption\b/
    $e = /\b(encrypted|encryption|decrypt)[^.!?]{0,60}\b(unique key|private key|public key rsa|rsa-?[0-9]{4}|aes)\b/
    $f = "decryption key"
    $g = /\bkey to (decrypt|unlock|recover|restore)\b/
  condition:
    any of them
}

rule key_only_we_can
{
  meta:
    kind = "sign"
    group = "key"
    weight = 2
  strings:
    $a = /\bonly we (can|have|are able|know|will)\b/
    $b = /\bwe are the only ones?\b/
    $c = /\b(only|sole|the only) (way|method|possibility|chance|solution|one)\b[^.!?]{0,60}\b(decrypt|recover|restore|return|get back|files|data)/
    $d = /\b(impossible|not possible|cannot be|cant be|can not be|no way|unable|never be|never|no one can|nobody can|will not be able)\b[^.!?]{0,60}\b(decrypt|decrypted|recover|recovered|restore|restored|recovery|decryption|return|get back|access)\b[^.!?]{0,80}\b(without|except|our|key|us|decrypt|help|private)\b/
    $f = /\bno (third.?party |other |public )?(software|tool|program|decryptor|decryption)s?\b[^.!?]{0,50}\b(can|could|will|is able|available)\b/
    $g = /\b(key|keys)\b[^.!?]{0,60}\b(only we|our server|secret server|by us|with us|we have|we hold|our possession)\b/
  condition:
    any of them
}

rule key_return_files
{
  meta:
    kind = "sign"
    group = "key"
    weight = 2
  strings:
    $a = /\b(return|restore|recover|decrypt|unlock|get back|getting back|regain access to|bring back)\b (all |all of |back |access to |quickly |your |of )*(your )(important |encrypted |company |private |network |lost |all )?(files|data|documents|systems?|network|information|servers?|operations|access|infrastructure|pc|computer)/
    $b = /\bget (all )?(your|the) (files|data|documents|information) back\b/
    $c = /\b(everything|data|files|they|it|all)\b (is|are|can|could|may) (be )?(possible to |fully |quickly |easily )*(recover|restore|recovered|restored|returned|decrypted)\b/
    $d = /\b(open|visit|follow)[^.!?]{0,40}\b(decryption|decrypt|recovery) (page|site|website|service|instructions)\b/
    $e = /\bget your (files|data|documents|network|systems) back\b/
  condition:
    any of them
}

rule pay_ransom
{
  meta:
    kind = "sign"
    group = "pay"
    weight = 2
  strings:
    $a = /\bpay(ing)? (the|a|us|our|for) ?(the |your )?(ransom|decrypt|decryption|us|money|recovery|restoration|private key|key)?\b/
    $b = /\b(if|until|unless|decide|in case|case|should) you (will |do |would |decide |to |choose |can |wont |refuse )*(not |wont |dont |refuse |to )*(pay|negotiate|cooperate|make a deal|make the payment)\b/
    $c = /\b(after|upon|before|once|make|made|successful|get|receive) (the |a |your |you |successful |full |we )*(payment|paying|pay|transaction)\b/
    $d = /\b(price|cost|amount|fee)\b[^.!?]{0,50}\b(decrypt|decryption|decryptor|private key|software|depends on|will be|doubled|increase|btc|bitcoins?|negotiat)/
    $e = /\b(your|you|send|transfer|pay|buy|in|of|the|amount)\b [^.!?]{0,30}\b(bitcoins?|btc|monero|xmr|cryptocurrency)\b/
    $f = /\b(contact us|write|ask|get|know|learn)[^.!?]{0,20} (for|about|to know|to get|the) (the |an )?(price|ransom amount|ransom)\b/
    $g = /\b(buy|purchase|purchasing|acquire) (a |the |our |an |your |its |of )*(unique |special |private |personal )*(decrypt|key|software|tool)/
    $h = /\b(we (only )?(want|seek|need|care)[^.!?]{0,40}(money|benefits)|nothing more than money|financial(ly)? motivated|goals are only financial|make a deal|conclude a deal|reach an agreement|provides a deal)\b/
  condition:
    any of them
}

rule hidden_onion
{
  meta:
    kind = "sign"
    group = "hidden"
    weight = 3
  strings:
    $a = /\b[a-z2-7]{56}\.onion\b/
    $b = /\b[a-z2-7]{16}\.onion\b/
    $c = /\b[a-z0-9]{16,62}\.onion\b/
  condition:
    any of them
}

rule contact_tor
{
  meta:
    kind = "sign"
    group = "contact"
    weight = 2
  strings:
    $a = /\btor[ -]?browser\b/
    $b = "torproject"
    $c = /\b(via|through|using|in|on|to|use|download|install) (the )?tor\b/
    $d = /\btor (network|site|website|version|live chat|chat|links?|darknet|url)\b/
    $e = /\b(closed|private) network tor\b/
  condition:
    any of them
}

rule hidden_tox
{
  meta:
    kind = "sign"
    group = "hidden"
    weight = 2
  strings:
    $a = /\btox\b.{0,200}\b[0-9a-f]{76}\b/s
  condition:
    $a
}

rule contact_messenger
{
  meta:
    kind = "sign"
    group = "contact"
    weight = 2
  strings:
    $a = /\b(tox|qtox|jabber|telegram|session|icq|signal|wire|threema|bitmessage|wickr|keybase|skype)\b ?(id|messenger|channel|chat|app|account|contact|bot|us|:|@|download)/
    $b = /\b(our|contact|write|on|via|using|through|in|over|download|install) (our |your |us |in |via |on |by |with |the )*(tox|qtox|jabber|telegram|icq|session messenger|wickr)\b/
    $c = /\b(live|support|our|secure|secret|a) (live |support |secure )?chat\b/
    $d = "tox.chat"
    $e = "getsession.org"
    $f = /\bt\.me\/[a-z0-9_]{4,}/
  condition:
    any of them
}

rule contact_mail_without_a_name
{
  meta:
    kind = "sign"
    group = "contact"
    weight = 2
  strings:
    $a = /\b[a-z0-9._%+-]{2,40}@(protonmail|proton|pm|tutanota|tutamail|tuta|keemail|cock|airmail|onionmail|mail2tor|mailfence|aol|gmx|india|firemail|msgsafe|ctemplar|elude|torbox|secmail|dnmx|morke|exploit|xmpp|jabb|thesecure|bitmessage|cyberfear|420blaze|naver|yandex|mail|inbox|rambler|tutamail|criptext|disroot|riseup|startmail|techmail|skiff|decorous|wholeness|cumallover|foxmail|zohomail|swismail|safeswiss)\.[a-z.]{2,10}\b/
  condition:
    any of them
}

rule contact_demanded
{
  meta:
    kind = "sign"
    group = "contact"
    weight = 1
  strings:
    $a = /\b(contact|write to|write|email|e-mail|message) (us|our (team|support|operator|manager|specialists?|company|department))\b/
    $b = /\bcontact(ing)? (our )?(team|us) (directly|via|through|by|at|on|using|as soon as|immediately|within|before|for)\b/
    $c = /\b(write|send|contact|mail|reach)\b[^.!?]{0,50}\b(to|on|us|our) (this |the |our |us |via |by |at |these |theese |following )*(e-?mails?|mail address|mailbox)\b/
    $d = /\b(contact|write|get in touch|negotiat)[^.!?]{0,40}\b(within|in) [0-9]+ (hours|days)\b/
    $e = "to contact us"
    $f = "our contacts"
    $g = /\bcontact\b[^.!?]{0,20} (e-?mail|mail)s? ?:/
  condition:
    any of them
}

rule contact_personal_id
{
  meta:
    kind = "sign"
    group = "contact"
    weight = 2
  strings:
    $a = /\b(your|the) (unique |personal |decryption |secret |company |access |client |own |victim )*(id|identifier|password|code|key|token)\b ?(:|is|=|>|-|\[|\()/
    $b = /\b(personal|decryption|unique|client|victim) (decryption )?(id|identifier|code)\b/
    $c = /\b(this|your|the|an|our|us|with) (unique |personal )?id\b[^.!?]{0,40}\b(message|letter|e-?mail|mail|title|subject|chat|form)\b/
    $d = /-{3} ?(begin|start)[a-z _]{0,12}(id|key|data) ?-{3}/
    $e = /\b(access|private|secret) key ?:/
    $f = /\bput the following (data|key|code|id)\b/
    $g = /\bsend us your (id|key|code)\b/
    $h = /\b(use|enter|input|paste|copy|with) (this|your|the|following) (id|key|code|password|token|secret)\b/
  condition:
    any of them
}

rule threat_publish
{
  meta:
    kind = "sign"
    group = "threat"
    weight = 3
  strings:
    $a = /\b(data|files|information|documents|everything|it|they|we|them|secrets)\b[^.!?]{0,60}\b(will|would|shall|to|can|could|ready to|going to|start|be)\b[^.!?]{0,40}\b(publish|published|publishing|sold|sell|selling|leak|leaked|leaking|auctioned|made public|public domain|released|disclosed|spread)\b/
    $b = /\b(otherwise|if you (do not|dont|will not|wont|refuse)|in case|or else|if not|within)\b[^.!?]{0,110}\b(publish|published|sold|sell|leak|leaked|leaking|public|released|release|disclose|disclosed|darknet|dark web|media)\b/
    $c = /\b(publish|sell|leak|post|release|disclose)\b [^.!?]{0,20}\b(your|all|stolen|the|this|whole)\b[^.!?]{0,30}\b(data|files|documents|information|secrets)\b/
    $d = /\b(visit|see|read|our|on|in|to) (our |the |news |public |leak |tor |darknet |data )*(blog|news portal|leak site|leaks site)\b/
    $f = /\b(data leak site|leak site)\b/
    $e = /\b(data|files)[^.!?]{0,30}\b(are|is) (being )?(published|leaked)\b/
  condition:
    any of them
}

rule threat_loss
{
  meta:
    kind = "sign"
    group = "threat"
    weight = 2
  strings:
    $a = /\b(lost|lose|loss|destroyed|damaged?|corrupt(ed)?|deleted|delete|gone) (of |all |your |them |it |the |key |keys |files |data |be |will |for |will be )*(forever|permanently|irreversibly|irrevocably|completely|for good)\b/
    $b = /\b(permanently|forever|irreversibly|irrevocably|permanent|never)\b[^.!?]{0,40}\b(lost|lose|loss|destroy|damage|corrupt|delete|return|restore|recover|decrypt)/
    $c = /\b(price|cost|amount|ransom|fee|sum)\b[^.!?]{0,60}\b(higher|doubled?|increased?|increases|rise|grow|raised|twice|more expensive)\b/
    $d = /\b(have|got|within|in|only|until|after|every|each|first|expires?|deadline|starting from now)\b[^.!?]{0,30}\b(24|36|48|72|96|120|168|three|seven|3|5|7|10|12|14) (hours|days|hrs|h)\b/
    $e = /\b(lawsuits?|fines|regulators?|gdpr|reputation(al)? (losses|damage|will)|journalists|competitors|black market|darknet|dark web)\b/
    $f = /\b(key|keys|private key)\b[^.!?]{0,40}\b(will be|is|are|get) (deleted|destroyed|immediately|removed)\b/
    $g = /\b(attack|hit) (you|your company) (again|repeatedly)\b/
  condition:
    any of them
}

rule caution_do_not_touch
{
  meta:
    kind = "sign"
    group = "caution"
    weight = 3
  strings:
    $a = /\b(do not|dont|never|not to|please do not|you should not|prohibited to|forbidden)\b[^.!?]{0,30}\b(rename|modify|change|edit|move|delete|alter|touch|try to (change|decrypt|recover|restore))\b[^.!?]{0,40}\b(files?|data|extensions?|names?|them|encrypted)\b/
    $b = /\b(do not|dont|never|not|any attempts?|attempts?|trying|try|attempting)\b[^.!?]{0,30}\b(to )?(decrypt|recover|restore|recovering|decrypting|restoring|return|change)\b[^.!?]{0,70}\b(third|3rd|yourself|yourselves|himself|own|other|software|public|free|antivirus|programs?|tools?|utilities)\b/
    $c = /\b(third|3rd)[ -]?party\b[^.!?]{0,50}\b(software|tools?|programs?|utilities|services?|decrypt|recovery|restoring|negotiators?)/
    $d = /\b(recovery|data recovery|decryption|negotiat[a-z]+|intermediary|middle ?man|middlem[ae]n|resellers?|additional recovery)\b[^.!?]{0,20}\b(compan(y|ies)|services?|firms?|agents?|out there|software)\b/
    $e = /\b(do not|dont|never|not) (use|hire|contact|go to|call|report to|inform|turn to|trust|involve|shut ?down|reboot|reset|restart|turn off|power off)\b[^.!?]{0,50}\b(police|fbi|recovery|third|antivirus|authorities|law enforcement|negotiat|resellers|computer|system|servers?|decrypt|software|companies|data|pc)/
    $f = /\b(police|fbi|law enforcement|authorities|interpol|europol)\b[^.!?]{0,80}\b(will not|wont|cannot|cant|help|dont care|do not care|negotiat|involv|report|not save|only)/
    $g = /\b(rename|renaming|copying|moving|modify|modifying|editing)\b[^.!?]{0,50}\b(damage|cipher|impossible|corrupt|decryption|lost)/
  condition:
    any of them
}

rule proof_free_sample
{
  meta:
    kind = "sign"
    group = "proof"
    weight = 2
  strings:
    $a = /\b(decrypt|restore|recover|unlock|decryption|decryptor)\b[^.!?]{0,60}\b(for free|free of charge|for test|as guarantee|as a guarantee|as proof|to prove|free)\b/
    $b = /\b(free|test|trial|sample)[ -](decryption|decrypt|decryptor|file)/
    $c = /\b(send|upload|decrypt|attach) (us |to us |you |me |only |up to |any |me )*(one|two|three|1|2|3|4|5|several|a few|some|few|couple of|2-3|1-3)\b[^.!?]{0,40}\b(files?|samples?|documents?)\b/
    $d = /\b(what|which|our|are our|are the|as) (are )?(our |the |your )?guarantees?\b/
    $e = /\bguarantees?\b[^.!?]{0,50}\b(decrypt|files|deceive|cheat|fool|return|recover|scam|reputation)/
    $f = /\b(nobody|no one) will (pay|deal|cooperate|trust|work)\b/
    $g = /\b(its|it is) (just|only) (a )?business\b/
    $h = /\bour reputation\b/
  condition:
    any of them
}

rule reader_is_addressed
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 1
  strings:
    $a = /\b(what|whats|what has|what have) happened( (to|with) (my|your) (files|data|computer|network|pc))?/
    $b = /^[ !*#=>~_-]*(attention|hello|hi|greetings|warning|important|dear|welcome)\b/
    $c = /\b(if you are reading this|you are reading this (message|note|text))\b/
    $d = "dear management"
    $e = /\b(your (company|network|business)|whole network|management of)\b/
  condition:
    2 of them or $a or $c or $d
}

/* ---- other languages: whole notes are rarer, so a rule holds the phrases of one language and one group --------------------- */

rule ja_harm
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 3
    language = "ja"
  strings:
    $a = /(ファイル|データ|文書|写真|ネットワーク|サーバ).{0,180}暗号化(され|しま)/
    $b = /(ネットワーク|システム|サーバ).{0,120}(侵入|ハッキング|侵害)/
    $c = /(データ|情報|ファイル).{0,120}(盗|窃取|ダウンロードしま|漏)/
  condition:
    any of them
}

rule ja_key_and_pay
{
  meta:
    kind = "sign"
    group = "pay"
    weight = 3
    language = "ja"
  strings:
    $a = "身代金"
    $b = "ビットコイン"
    $c = /(復号|復元|暗号化解除).{0,120}(ツール|キー|鍵|ソフト|プログラム|料金|価格)/
    $d = /(支払|購入).{0,120}(復号|復元|鍵|キー|ビットコイン)/
    $e = "仮想通貨"
  condition:
    any of them
}

rule ja_threat_and_caution
{
  meta:
    kind = "sign"
    group = "threat"
    weight = 3
    language = "ja"
  strings:
    $a = /(公開|流出|販売|売却|漏洩)(され|しま|いたしま)/
    $b = /(名前|拡張子|ファイル).{0,60}(変更|編集|削除|改名)しないで/
    $c = /(警察|復旧会社|復旧業者|第三者).{0,120}(ない|しないで)/
    $d = /[0-9]+ ?時間以内/
  condition:
    any of them
}

rule de_signs
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 3
    language = "de"
  strings:
    $a = /\b(ihre|alle|deine|eure) (wichtigen |persönlichen )?(dateien|daten|dokumente|server|systeme|netzwerke?)\b[^.!?]{0,60}\b(verschlüsselt|gestohlen)/
    $b = /\bihr (netzwerk|unternehmen|computer|system)\b[^.!?]{0,60}\b(gehackt|kompromittiert|verschlüsselt|angegriffen)/
  condition:
    any of them
}

rule fr_signs
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 3
    language = "fr"
  strings:
    $a = /\b(vos|tous vos|votre) (fichiers|données|documents|serveurs|réseau)\b[^.!?]{0,60}\b(chiffrés?|cryptés?|chiffrées|cryptées|volées?|piratés?)/
  condition:
    any of them
}

rule es_signs
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 3
    language = "es"
  strings:
    $a = /\b(sus|tus|todos sus|su|seus|todos os seus) (archivos|datos|documentos|servidores|red|arquivos|dados)\b[^.!?]{0,60}\b(cifrados?|encriptados?|robados?|criptografados?)/
  condition:
    any of them
}

rule ru_signs
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 3
    language = "ru"
  strings:
    $a = /(ваши|все ваши|ваша)[^.!?]{0,80}(зашифрован|украден|заблокирован)/
  condition:
    any of them
}

rule zh_ko_signs
{
  meta:
    kind = "sign"
    group = "harm"
    weight = 3
  strings:
    $zh = /(文件|数据|文档|檔案|資料).{0,120}(被加密|已加密|加密了)/
    $ko = /(파일|데이터)[^.!?]{0,60}암호화/
  condition:
    any of them
}

rule other_language_pay
{
  meta:
    kind = "sign"
    group = "pay"
    weight = 2
  strings:
    $de = /\b(lösegeld|entschlüsselung(s-?(software|schlüssel|tool))?|bezahlen sie)\b/
    $fr = /\b(rançon|déchiffrement|décryptage|clé privée)\b/
    $es = /\b(rescate|descifrar|desencriptar|clave privada|resgate|descriptografar)\b/
    $ru = /(выкуп|расшифров|оплат)/
    $zh = /(赎金|解密|比特币|贖金|比特幣)/
    $ko = /(몸값|복호화|비트코인)/
  condition:
    any of them
}
