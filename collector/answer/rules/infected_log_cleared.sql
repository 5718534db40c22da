-- id: infected.log_cleared
-- question: infected, missed
-- claim.en: the event log {channel} was cleared, first at {at:time}, with account {user} (logs cleared: {logs})
-- claim.ja: イベントログ {channel} の消去（最初は {at:time}、アカウント {user}、消去されたログ {logs} 件）
-- needs: sec.cleared
-- needs: sys.cleared
-- steps: cleared!
-- level: A=suspected B=suspected C=suspected
-- attack: T1070.001
-- weight: 60
WITH k AS MATERIALIZED (
  SELECT e.id,e.kind,e.at,e.proof,r.cleared_channel channel,coalesce(r.user_name,a.name,a.sid) user
  FROM rec_log_cleared r CROSS JOIN ev_cleared e ON e.rec=r.id LEFT JOIN account a ON a.id=e.account),
m AS MATERIALIZED (SELECT kind,count(DISTINCT channel) n,min(at) t FROM k GROUP BY kind)
SELECT 'clear:'||k.kind AS subject,'cleared' AS step,k.id AS ev,k.proof,
  json_object('logs',m.n,'channel',k.channel,'at',m.t,'user',k.user) AS params
FROM m CROSS JOIN k ON k.kind=m.kind
