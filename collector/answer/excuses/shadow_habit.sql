-- id: excuse.shadow_habit
-- of: impact.shadows_deleted
-- force: explains
-- from: process.4688, sysmon
-- guard: window
-- back_days: 14
-- text.en: the same program has run the same command on at least five days
-- text.ja: 同じプログラムが同じコマンドを 5 日以上実行している
SELECT 'cmd:'||lower(r.command_line) AS subject,1 AS verdict,min(e.id) AS ev
FROM file x CROSS JOIN ev_executed e ON e.file=x.id CROSS JOIN rec_process_created r ON r.id=e.rec
WHERE x.tool IN(2,5) AND e.file2 IS NOT NULL AND e.at IS NOT NULL
GROUP BY e.kind,lower(r.command_line),e.file2 HAVING count(DISTINCT e.at/864000000000)>=5
