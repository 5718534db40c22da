-- id: cause.mail.attach_exec
-- question: cause, infected
-- candidate: mail
-- claim.en: a program that came as a mail attachment was run: {path} (attachment {attachment})
-- claim.ja: メールの添付で届いたプログラム {path}（添付 {attachment}）の実行
-- needs: process.4688 | sysmon | prefetch
-- needs: mail.attachment | mail.store?
-- steps: executed! arrived! opened? effect?
-- decides: process.4688, sysmon, prefetch, userassist, bam
-- level: A=confirmed B=likely C=suspected
-- lift: effect
-- attack: T1566.001 T1204.002
-- weight: 90
WITH ex AS MATERIALIZED (                       -- 2 the mail program's folder, 3 unpacked out of an archive in Temp
  SELECT e.id,e.file,e.at,e.proof,x.place,x.ext,x.path,d.name dname
  FROM file x CROSS JOIN ev_executed e ON e.file=x.id LEFT JOIN file d ON d.id=x.dir WHERE x.place IN(2,3)),
z AS MATERIALIZED (                             -- the archive in the mail program's folder that Explorer unpacked to Temp1_<name>
  SELECT DISTINCT ex.file,ex.at,a.id zip,a.path FROM ex CROSS JOIN file a ON a.name=substr(ex.dname,7)
  WHERE ex.place=3 AND ex.dname LIKE 'temp__%' AND a.place=2)
SELECT 'file:'||file AS subject,'executed' AS step,id AS ev,proof,json_object('path',path) AS params FROM ex
UNION ALL                                       -- it was run where the mail program keeps attachments
SELECT 'file:'||file,'arrived',id,min(proof,2),json_object('attachment',path) FROM ex WHERE place=2
UNION ALL
SELECT 'file:'||ex.file,'arrived',m.id,m.proof,json_object('attachment',r.attachment_name)
  FROM ex CROSS JOIN ev_arrived m ON m.file=ex.file CROSS JOIN rec_mail_attachment r ON r.id=m.rec WHERE ex.place=2
UNION ALL                                       -- the archive came by mail, before the run
SELECT 'file:'||z.file,'arrived',m.id,min(m.proof,2),json_object('attachment',r.attachment_name)
  FROM z CROSS JOIN ev_arrived m ON m.file=z.zip CROSS JOIN rec_mail_attachment r ON r.id=m.rec
  WHERE z.at IS NULL OR m.at IS NULL OR m.at<=z.at
UNION ALL
SELECT 'file:'||z.file,'arrived',c.id,min(c.proof,2),json_object('attachment',z.path)
  FROM z CROSS JOIN ev_created c ON c.file=z.zip WHERE z.at IS NULL OR c.at<=z.at
UNION ALL
SELECT 'file:'||z.file,'arrived',k.id,min(k.proof,2),json_object('attachment',z.path) FROM z CROSS JOIN ev_marked k ON k.file=z.zip
UNION ALL
SELECT 'file:'||z.file,'opened',o.id,o.proof,NULL FROM z CROSS JOIN ev_opened o ON o.file=z.zip
UNION ALL                                       -- run under a name that no program has
SELECT 'file:'||file,'effect',id,proof,NULL FROM ex WHERE ext IN('tmp','dat','bin','jpg','jpeg','gif','png','txt','log','pdf')
UNION ALL                                       -- an attachment whose name is made to deceive
SELECT 'file:'||ex.file,'effect',m.id,m.proof,NULL
  FROM ex CROSS JOIN ev_arrived m ON m.file=ex.file CROSS JOIN rec_mail_attachment r ON r.id=m.rec
  WHERE r.double_extension=1 OR r.reversed_name=1 OR r.padded_name=1
UNION ALL
SELECT 'file:'||ex.file,'effect',d.id,d.proof,NULL FROM ex CROSS JOIN ev_detected d ON d.file=ex.file
UNION ALL                                       -- it started what removes shadow copies
SELECT 'file:'||ex.file,'effect',k.id,k.proof,NULL
  FROM ex CROSS JOIN ev_executed k ON k.at BETWEEN ex.at AND ex.at+36000000000 CROSS JOIN file y ON y.id=k.file
  WHERE k.file2=ex.file AND y.tool=5
