-- id: impact.notes
-- question: impact
-- claim.en: files named {name} were put into {folders} folders within an hour, from {first:time}
-- claim.ja: 同じ名前のファイル {name} の、{folders} 個のフォルダーへの 1 時間以内の一斉配置（{first:time} から）
-- needs: file.times? | mft? | usn?
-- needs: content
-- steps: burst! text?
-- decides: content, file.times?, mft?, usn?
-- level: A=likely B=likely C=suspected
-- with: text: A=confirmed B=confirmed C=likely
-- attack: T1486
-- weight: 95
WITH nm AS MATERIALIZED (                       -- cheap gate on names first: entities, not events
  SELECT name FROM file WHERE ext IN('txt','html','htm','hta','png','bmp','rtf','url') GROUP BY name HAVING count(DISTINCT dir)>=10),
c AS MATERIALIZED (                             -- one per kind, folder and 10 minutes; kinds are never mixed before counting
  SELECT e.kind,x.name nm,x.dir,min(e.at) t,min(e.id) ev,max(e.proof) proof
  FROM nm CROSS JOIN file x ON x.name=nm.name CROSS JOIN ev_created e ON e.file=x.id
  WHERE e.at IS NOT NULL GROUP BY e.kind,x.name,x.dir,e.at/6000000000
  UNION ALL                                     -- a note's own file time, where nothing else says when it was made
  SELECT e.kind,x.name,x.dir,min(e.at),min(e.id),2
  FROM nm CROSS JOIN file x ON x.name=nm.name CROSS JOIN ev_content e ON e.file=x.id
  WHERE e.at IS NOT NULL AND e.n=3 GROUP BY e.kind,x.name,x.dir,e.at/6000000000),
w AS MATERIALIZED (SELECT *,lag(t,9) OVER(PARTITION BY kind,nm ORDER BY t) t9 FROM c),
b AS MATERIALIZED (SELECT kind,nm,min(t9) t0,max(t) t1,count(*)+9 n FROM w WHERE t-t9<=36000000000 GROUP BY kind,nm),
s AS (SELECT c.*,b.n,b.t0,row_number() OVER(PARTITION BY c.kind,c.nm ORDER BY c.t) i
  FROM b JOIN c ON c.kind=b.kind AND c.nm=b.nm AND c.t BETWEEN b.t0 AND b.t1)
SELECT 'note:'||nm AS subject,'burst' AS step,ev,proof,json_object('name',nm,'folders',n,'first',t0) AS params FROM s WHERE i<=3
UNION ALL
SELECT 'note:'||b.nm,'text',k.id,k.proof,NULL
  FROM (SELECT DISTINCT nm FROM b) b CROSS JOIN file x ON x.name=b.nm CROSS JOIN ev_content k ON k.file=x.id WHERE k.n=3
