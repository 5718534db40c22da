-- id: impact.note_text
-- question: impact
-- claim.en: the file {name} holds a ransom demand (family: {family}); such files lie in {folders} folders
-- claim.ja: 身代金を要求する文章（種類: {family}）を含むファイル {name} の存在（{folders} 個のフォルダー）
-- needs: content
-- steps: note! spread?
-- decides: content
-- level: A=suspected B=suspected C=suspected
-- with: spread: A=likely B=likely C=suspected
-- attack: T1486
-- weight: 92
WITH m AS MATERIALIZED (                        -- by name: joins go through the index of names, notes may be many
  SELECT x.name,count(DISTINCT x.dir) n FROM ev_content e CROSS JOIN file x ON x.id=e.file WHERE e.n=3 GROUP BY x.name)
SELECT 'note:'||m.name AS subject,'note' AS step,e.id AS ev,e.proof,
  json_object('name',m.name,'folders',m.n,'family',nullif(r.family,'')) AS params
  FROM m CROSS JOIN file x ON x.name=m.name CROSS JOIN ev_content e ON e.file=x.id LEFT JOIN rec_ransom_note r ON r.id=e.rec WHERE e.n=3
UNION ALL                                       -- one copy may be a sample or an article; copies all over are not
SELECT 'note:'||m.name,'spread',e.id,e.proof,NULL
  FROM m CROSS JOIN file x ON x.name=m.name CROSS JOIN ev_content e ON e.file=x.id WHERE e.n=3 AND m.n>=3
