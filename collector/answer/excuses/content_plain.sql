-- id: excuse.content_plain
-- of: impact.notes
-- force: refutes
-- from: content
-- guard: verdict
-- text.en: the text was read and is no ransom note
-- text.ja: 内容を読んだが脅迫文ではない
SELECT 'note:'||x.name AS subject,CASE WHEN min(k.n)=4 THEN 1 ELSE 0 END AS verdict,min(k.id) AS ev
FROM ev_content k CROSS JOIN file x ON x.id=k.file WHERE k.n IN(3,4) GROUP BY x.name
