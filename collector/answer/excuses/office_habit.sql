-- id: excuse.office_habit
-- of: infected.office_child
-- force: explains
-- from: process.4688, sysmon
-- guard: window
-- back_days: 14
-- text.en: the same start was seen on at least five days
-- text.ja: 同じ起動が 5 日以上繰り返されている
WITH p(o,s) AS MATERIALIZED (SELECT a.id,b.id FROM file a JOIN file b WHERE a.tool=1 AND b.tool=2)
SELECT 'pair:'||p.o||':'||p.s||':'||coalesce(lower(r.command_line),'') AS subject,1 AS verdict,min(e.id) AS ev
FROM p CROSS JOIN ev_executed e ON e.file=p.s AND e.file2=p.o CROSS JOIN rec_process_created r ON r.id=e.rec
GROUP BY 1 HAVING count(DISTINCT e.at/864000000000)>=5
