-- id: excuse.backup_parent
-- of: impact.shadows_deleted
-- force: explains
-- from: process.4688, sysmon
-- guard: window
-- text.en: the backup program started it
-- text.ja: バックアップソフトが実行した
SELECT 'cmd:'||lower(r.command_line) AS subject,1 AS verdict,e.id AS ev
FROM file x CROSS JOIN ev_executed e ON e.file=x.id CROSS JOIN rec_process_created r ON r.id=e.rec CROSS JOIN file p ON p.id=e.file2
WHERE x.tool IN(2,5) AND p.tool=7 AND (p.key GLOB 'c:\program files\*' OR p.key GLOB 'c:\program files (x86)\*' OR p.key GLOB 'c:\windows\system32\*')
