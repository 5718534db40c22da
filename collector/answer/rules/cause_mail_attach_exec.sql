-- id: cause.mail.attach_exec
-- question: cause, infected
-- candidate: mail
-- claim.en: a program that came as a mail attachment was run: {name} (attachment: {attachment})
-- claim.ja: メールの添付で届いたプログラム {name}（添付: {attachment}）の実行
-- needs: process.4688 | sysmon | prefetch
-- needs: mail.attachment | mail.store?
-- steps: executed! arrived! opened? effect?
-- decides: process.4688, sysmon, prefetch, userassist, bam
-- level: A=confirmed B=likely C=suspected
-- lift: effect
-- attack: T1566.001 T1204.002
-- weight: 90
WITH ex AS MATERIALIZED (                       -- 2 the mail program's folder, 3 unpacked out of an archive in Temp
  SELECT e.id,e.file,e.at,e.proof,x.place,x.ext,x.path,d.name dname,
    iif(lower(substr(x.path,-length(x.name)))=lower(x.name),substr(x.path,-length(x.name)),x.name) shown
  FROM file x CROSS JOIN ev_executed e ON e.file=x.id LEFT JOIN file d ON d.id=x.dir WHERE x.place IN(2,3)),
zn AS MATERIALIZED (                            -- Temp1_<name>: what Explorer calls the folder it unpacks an archive to
  SELECT DISTINCT substr(dname,7) name FROM ex WHERE place=3 AND dname LIKE 'temp__%'),
z AS MATERIALIZED (                             -- the earliest word of each kind on an archive of that name in the mail program's folder
  SELECT zn.name,m.id,m.proof,min(coalesce(m.at,0)) t,r.attachment_name attachment,'arrived' step
  FROM zn CROSS JOIN file a ON a.name=zn.name CROSS JOIN ev_arrived m ON m.file=a.id CROSS JOIN rec_mail_attachment r ON r.id=m.rec
  WHERE a.place=2 GROUP BY zn.name,m.kind
  UNION ALL
  SELECT zn.name,c.id,c.proof,min(coalesce(c.at,0)),zn.name,'arrived'
  FROM zn CROSS JOIN file a ON a.name=zn.name CROSS JOIN ev_created c ON c.file=a.id WHERE a.place=2 GROUP BY zn.name,c.kind
  UNION ALL
  SELECT zn.name,k.id,k.proof,min(coalesce(k.at,0)),zn.name,'arrived'
  FROM zn CROSS JOIN file a ON a.name=zn.name CROSS JOIN ev_marked k ON k.file=a.id WHERE a.place=2 GROUP BY zn.name,k.kind
  UNION ALL
  SELECT zn.name,o.id,o.proof,min(coalesce(o.at,0)),zn.name,'opened'
  FROM zn CROSS JOIN file a ON a.name=zn.name CROSS JOIN ev_opened o ON o.file=a.id WHERE a.place=2 GROUP BY zn.name,o.kind)
SELECT 'file:'||file AS subject,'executed' AS step,id AS ev,proof,json_object('name',shown,'path',path) AS params FROM ex
UNION ALL                                       -- it was run where the mail program keeps attachments
SELECT 'file:'||file,'arrived',id,min(proof,2),json_object('attachment',shown) FROM ex WHERE place=2
UNION ALL
SELECT 'file:'||ex.file,'arrived',m.id,m.proof,json_object('attachment',r.attachment_name)
  FROM ex CROSS JOIN ev_arrived m ON m.file=ex.file CROSS JOIN rec_mail_attachment r ON r.id=m.rec WHERE ex.place=2
UNION ALL                                       -- the archive came by mail, before the run
SELECT 'file:'||ex.file,z.step,z.id,min(z.proof,2),json_object('attachment',z.attachment)
  FROM ex CROSS JOIN z ON z.name=substr(ex.dname,7) WHERE ex.place=3 AND (ex.at IS NULL OR z.t<=ex.at)
UNION ALL                                       -- run under a name that no program has
SELECT 'file:'||file,'effect',id,proof,NULL FROM ex WHERE ext IN('tmp','dat','bin','jpg','jpeg','gif','png','txt','log','pdf')
UNION ALL                                       -- an attachment whose name is made to deceive
SELECT 'file:'||ex.file,'effect',m.id,m.proof,NULL
  FROM ex CROSS JOIN ev_arrived m ON m.file=ex.file CROSS JOIN rec_mail_attachment r ON r.id=m.rec
  WHERE r.double_extension=1 OR r.reversed_name=1 OR r.padded_name=1
UNION ALL
SELECT 'file:'||ex.file,'effect',d.id,d.proof,NULL FROM ex CROSS JOIN ev_detected d ON d.file=ex.file
UNION ALL                                       -- it started what removes shadow copies
SELECT DISTINCT 'file:'||x.id,'effect',k.id,k.proof,NULL
  FROM file y CROSS JOIN ev_executed k ON k.file=y.id CROSS JOIN file x ON x.id=k.file2 CROSS JOIN ev_executed p ON p.file=x.id
  WHERE y.tool=5 AND x.place IN(2,3) AND p.at BETWEEN k.at-36000000000 AND k.at
