-- id: excuse.server_default
-- of: infected.prefetch_off
-- force: explains
-- from: config
-- guard: verdict
-- text.en: servers have prefetch switched off from the start
-- text.ja: サーバーでは初めからプリフェッチが止まっている
SELECT 'set:prefetch' AS subject,1 AS verdict,e.id AS ev
FROM rec_setting s CROSS JOIN ev_configured e ON e.rec=s.id CROSS JOIN rec_system_info i
WHERE s.name='EnablePrefetcher' AND i.product_name LIKE '%server%'
