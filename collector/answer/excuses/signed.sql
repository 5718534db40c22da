-- id: excuse.signed
-- of: cause.web.cache_exec, cause.mail.attach_exec, infected.tmp_exec
-- force: explains
-- from: signature?
-- guard: verdict
-- text.en: it is signed by a publisher that Windows trusts
-- text.ja: Windows が信頼する発行元の署名がある
SELECT 'file:'||s.file AS subject,s.n AS verdict,s.id AS ev FROM ev_signed s
