-- id: impact.note_text
-- question: impact
-- claim.en: the file {name} holds a ransom demand ({family}); such files lie in {folders} folders
-- claim.ja: 身代金を要求する文章（{family}）のファイル {name} が {folders} 個のフォルダーにあること
-- needs: content
-- steps: note! spread?
-- decides: content
-- level: A=suspected B=suspected C=suspected
-- with: spread: A=likely B=likely C=suspected
-- attack: T1486
-- weight: 92
WITH k AS MATERIALIZED (
  SELECT e.id,e.proof,e.rec,x.name,x.dir FROM ev_content e CROSS JOIN file x ON x.id=e.file WHERE e.n=3),
m AS MATERIALIZED (SELECT name,count(DISTINCT dir) n FROM k GROUP BY name)
SELECT 'note:'||k.name AS subject,'note' AS step,k.id AS ev,k.proof,
  json_object('name',k.name,'folders',m.n,'family',nullif(r.family,'')) AS params
  FROM k CROSS JOIN m ON m.name=k.name LEFT JOIN rec_ransom_note r ON r.id=k.rec
UNION ALL                                       -- one copy may be a sample or an article; copies all over are not
SELECT 'note:'||k.name,'spread',k.id,k.proof,NULL FROM m CROSS JOIN k ON k.name=m.name WHERE m.n>=3
