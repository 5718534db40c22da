-- id: impact.extension_wave
-- question: impact
-- claim.en: within hours many documents (files/folders: {size}) were given the additional extension .{extension}, from {first:time}
-- claim.ja: 多数の文書（ファイル数/フォルダー数: {size}）への拡張子 .{extension} の一斉の付加（{first:time} から）
-- needs: mft | usn
-- steps: burst! text?
-- decides: mft, usn
-- level: A=likely B=likely C=suspected
-- with: text: A=confirmed B=confirmed C=likely
-- attack: T1486
-- weight: 96
WITH w AS MATERIALIZED (                        -- one summary a journal, or a $MFT: few rows; each is judged by itself
  SELECT e.id,e.proof,lower(r.extension) x,r.extension,r.files,r.folders,r.first_at,r.last_at
  FROM rec_usn_rename_wave r CROSS JOIN ev_renamed e ON e.rec=r.id WHERE r.folders>=5 AND r.peak_files>=30
  UNION ALL
  SELECT e.id,e.proof,lower(r.extension),r.extension,r.files,r.folders,r.first_at,r.last_at
  FROM rec_usn_create_wave r CROSS JOIN ev_created e ON e.rec=r.id WHERE r.folders>=5 AND r.peak_files>=30
  UNION ALL
  SELECT e.id,e.proof,lower(r.extension),r.extension,r.files,r.folders,r.first_at,r.last_at
  FROM rec_mft_extension_wave r CROSS JOIN ev_modified e ON e.rec=r.id WHERE r.folders>=5 AND r.peak_files>=30)
SELECT 'ext:'||x AS subject,'burst' AS step,id AS ev,proof,
  json_object('extension',extension,'size',files||'/'||folders,'first',first_at) AS params FROM w
UNION ALL                                       -- a demand that names the extension
SELECT 'ext:'||w.x,'text',k.id,k.proof,NULL
  FROM w CROSS JOIN rec_ransom_note r CROSS JOIN ev_content k ON k.rec=r.id
  WHERE k.n=3 AND lower(ltrim(r.extension,'.'))=w.x
UNION ALL                                       -- a demand that was put there in those hours
SELECT 'ext:'||w.x,'text',k.id,k.proof,NULL
  FROM w CROSS JOIN ev_content k WHERE k.n=3 AND k.at BETWEEN w.first_at-36000000000 AND w.last_at+36000000000
