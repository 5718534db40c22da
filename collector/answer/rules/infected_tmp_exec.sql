-- id: infected.tmp_exec
-- question: infected
-- claim.en: a program with the extension .tmp was run: {name}
-- claim.ja: 拡張子 .tmp のプログラム {name} の実行
-- needs: process.4688 | sysmon | prefetch
-- steps: executed! effect?
-- decides: process.4688, sysmon, prefetch, userassist, bam
-- level: A=suspected B=suspected C=suspected
-- with: effect: A=likely B=likely C=suspected
-- lift: effect
-- attack: T1204.002 T1036.008
-- weight: 70
WITH ex AS MATERIALIZED (                       -- 1 is the web rule's; nothing is said of the system's own folders
  SELECT e.id,e.file,e.at,e.proof,x.path,
    iif(lower(substr(x.path,-length(x.name)))=lower(x.name),substr(x.path,-length(x.name)),x.name) shown
  FROM file x CROSS JOIN ev_executed e ON e.file=x.id
  WHERE x.place IN(2,3,4,5,6,8,9,10) AND x.ext='tmp')
SELECT 'file:'||file AS subject,'executed' AS step,id AS ev,proof,json_object('name',shown,'path',path) AS params FROM ex
UNION ALL
SELECT 'file:'||ex.file,'effect',d.id,d.proof,NULL FROM ex CROSS JOIN ev_detected d ON d.file=ex.file
UNION ALL
SELECT DISTINCT 'file:'||x.id,'effect',k.id,k.proof,NULL
  FROM file y CROSS JOIN ev_executed k ON k.file=y.id CROSS JOIN file x ON x.id=k.file2 CROSS JOIN ev_executed p ON p.file=x.id
  WHERE y.tool=5 AND x.place IN(2,3,4,5,6,8,9,10) AND x.ext='tmp' AND p.at BETWEEN k.at-36000000000 AND k.at
