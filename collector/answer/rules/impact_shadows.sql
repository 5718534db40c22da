-- id: impact.shadows_deleted
-- question: impact, infected
-- claim.en: shadow copies or recovery were removed: {cmd}
-- claim.ja: シャドウコピーや回復機能の削除（{cmd}）
-- needs: process.4688 | sysmon
-- steps: executed!
-- decides: process.4688, sysmon
-- level: A=likely B=likely C=suspected
-- attack: T1490
-- weight: 85
SELECT 'cmd:'||lower(r.command_line) AS subject,'executed' AS step,e.id AS ev,e.proof,json_object('cmd',r.command_line) AS params
FROM file x CROSS JOIN ev_executed e ON e.file=x.id CROSS JOIN rec_process_created r ON r.id=e.rec
WHERE x.tool IN(2,5) AND (r.command_line LIKE '%delete%shadow%' OR r.command_line LIKE '%shadowcopy%delete%'
  OR r.command_line LIKE '%recoveryenabled%no%' OR r.command_line LIKE '%resize%shadowstorage%' OR r.command_line LIKE '%delete%catalog%')
