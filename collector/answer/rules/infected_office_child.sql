-- id: infected.office_child
-- question: infected
-- claim.en: an Office program started a script host: {parent} started {name} ({cmd})
-- claim.ja: Office（{parent}）からのスクリプト実行プログラム {name} の起動（{cmd}）
-- needs: process.4688 | sysmon
-- steps: executed!
-- decides: process.4688, sysmon
-- level: A=likely B=likely C=suspected
-- attack: T1059 T1204.002
-- weight: 80
WITH pair(o,s) AS MATERIALIZED (SELECT a.id,b.id FROM file a JOIN file b WHERE a.tool=1 AND b.tool=2)
SELECT 'pair:'||p.o||':'||p.s||':'||coalesce(lower(r.command_line),'') AS subject,'executed' AS step,e.id AS ev,e.proof,
  json_object('parent',(SELECT name FROM file WHERE id=p.o),'name',(SELECT name FROM file WHERE id=p.s),'cmd',r.command_line) AS params
FROM pair p CROSS JOIN ev_executed e ON e.file=p.s AND e.file2=p.o CROSS JOIN rec_process_created r ON r.id=e.rec
