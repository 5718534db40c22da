-- id: impact.note_names
-- question: impact
-- claim.en: files named like ransom notes ({name}) lie in {folders} folders
-- claim.ja: 脅迫文によくある名前のファイル {name} の存在（{folders} 個のフォルダー）
-- needs: ransomnote.name
-- steps: named!
-- decides: ransomnote.name
-- level: A=suspected B=suspected C=suspected
-- attack: T1486
-- weight: 60
WITH m AS MATERIALIZED (
  SELECT x.name,count(DISTINCT x.dir) n FROM rec_ransom_note_name r CROSS JOIN ev_existed e ON e.rec=r.id CROSS JOIN file x ON x.id=e.file
  GROUP BY x.name HAVING count(DISTINCT x.dir)>=3)
SELECT 'note:'||m.name AS subject,'named' AS step,e.id AS ev,e.proof,json_object('name',m.name,'folders',m.n) AS params
  FROM m CROSS JOIN file x ON x.name=m.name CROSS JOIN ev_existed e ON e.file=x.id CROSS JOIN rec_ransom_note_name r ON r.id=e.rec
