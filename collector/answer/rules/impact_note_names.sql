-- id: impact.note_names
-- question: impact
-- claim.en: files named like ransom notes ({name}) lie in {folders} folders
-- claim.ja: 脅迫文によくある名前のファイル（{name}）が {folders} 個のフォルダーにあること
-- needs: ransomnote.name
-- steps: named!
-- decides: ransomnote.name
-- level: A=suspected B=suspected C=suspected
-- attack: T1486
-- weight: 60
WITH k AS MATERIALIZED (
  SELECT e.id,e.proof,x.name,x.dir FROM rec_ransom_note_name r CROSS JOIN ev_existed e ON e.rec=r.id CROSS JOIN file x ON x.id=e.file),
m AS MATERIALIZED (SELECT name,count(DISTINCT dir) n FROM k GROUP BY name HAVING count(DISTINCT dir)>=3)
SELECT 'note:'||k.name AS subject,'named' AS step,k.id AS ev,k.proof,json_object('name',k.name,'folders',m.n) AS params
  FROM m CROSS JOIN k ON k.name=m.name
