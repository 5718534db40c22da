-- id: cause.web.cache_exec
-- question: cause, infected
-- candidate: web
-- claim.en: a program was run out of the web cache: {name} (source: {url})
-- claim.ja: Web キャッシュ内のプログラム {name}（取得元: {url}）の実行
-- needs: process.4688 | sysmon | prefetch
-- needs: webcache.content | file.times? | mft? | usn?
-- steps: executed! arrived? effect?
-- decides: process.4688, sysmon, prefetch, userassist, bam
-- level: A=confirmed B=likely C=suspected
-- lift: effect
-- attack: T1189 T1204.002
-- weight: 90
WITH ex AS MATERIALIZED (                       -- few: paths are classed once, not events
  SELECT e.id,e.file,e.at,e.proof,x.ext,x.path,
    iif(lower(substr(x.path,-length(x.name)))=lower(x.name),substr(x.path,-length(x.name)),x.name) shown
  FROM file x CROSS JOIN ev_executed e ON e.file=x.id WHERE x.place=1)
SELECT 'file:'||file AS subject,'executed' AS step,id AS ev,proof,json_object('name',shown,'path',path) AS params FROM ex
UNION ALL                                       -- the same file was fetched, marked, or made there
SELECT 'file:'||ex.file,'arrived',d.id,d.proof,json_object('url',u.url)
  FROM ex CROSS JOIN ev_downloaded d ON d.file=ex.file LEFT JOIN url u ON u.id=d.url
UNION ALL
SELECT 'file:'||ex.file,'arrived',m.id,m.proof,json_object('url',u.url)
  FROM ex CROSS JOIN ev_marked m ON m.file=ex.file LEFT JOIN url u ON u.id=m.url
UNION ALL
SELECT 'file:'||ex.file,'arrived',c.id,min(c.proof,2),NULL FROM ex CROSS JOIN ev_created c ON c.file=ex.file
UNION ALL                                       -- a page visited in the minute before: only time links them
SELECT 'file:'||ex.file,'arrived',max(v.id),1,NULL
  FROM ex CROSS JOIN ev_visited v ON v.at BETWEEN ex.at-600000000 AND ex.at GROUP BY ex.file
UNION ALL                                       -- run under a name that no program has
SELECT 'file:'||file,'effect',id,proof,NULL FROM ex
  WHERE ext IN('tmp','dat','bin','jpg','jpeg','gif','png','txt','log','htm','html','css','ico')
UNION ALL                                       -- its content is a program, its name says otherwise
SELECT 'file:'||ex.file,'effect',c.id,c.proof,NULL
  FROM ex CROSS JOIN ev_content c ON c.file=ex.file CROSS JOIN rec_cached_program p ON p.id=c.rec WHERE c.n=2 AND p.name_hides_it=1
UNION ALL
SELECT 'file:'||ex.file,'effect',d.id,d.proof,NULL FROM ex CROSS JOIN ev_detected d ON d.file=ex.file
UNION ALL                                       -- it started what removes shadow copies
SELECT DISTINCT 'file:'||x.id,'effect',k.id,k.proof,NULL
  FROM file y CROSS JOIN ev_executed k ON k.file=y.id CROSS JOIN file x ON x.id=k.file2 CROSS JOIN ev_executed p ON p.file=x.id
  WHERE y.tool=5 AND x.place=1 AND p.at BETWEEN k.at-36000000000 AND k.at
