-- id: excuse.installer_tmp
-- of: infected.tmp_exec
-- force: explains
-- from: process.4688, sysmon, prefetch, userassist, bam
-- guard: window
-- text.en: it lies and is named as common installers do (Inno Setup, Windows Installer)
-- text.ja: 一般的なインストーラー（Inno Setup、Windows Installer）の置き場所と名前である
SELECT 'file:'||x.id AS subject,1 AS verdict,e.id AS ev
FROM file x CROSS JOIN ev_executed e ON e.file=x.id CROSS JOIN file d ON d.id=x.dir
WHERE x.place=4 AND x.ext='tmp' AND (d.name GLOB 'is-?????.tmp' OR x.name GLOB 'msi????.tmp')
