-- id: infected.log_cleared
-- question: infected, missed
-- claim.en: the log {channel} was cleared at {at:time} by {user}
-- claim.ja: {at:time} の {user} によるログ {channel} の消去
-- needs: sec.cleared
-- needs: sys.cleared
-- steps: cleared!
-- level: A=suspected B=suspected C=suspected
-- attack: T1070.001
-- weight: 60
SELECT 'clear:'||e.kind||':'||coalesce(lower(r.cleared_channel),'') AS subject,'cleared' AS step,e.id AS ev,e.proof,
  json_object('channel',r.cleared_channel,'at',e.at,'user',coalesce(r.user_name,a.name,a.sid)) AS params
FROM rec_log_cleared r CROSS JOIN ev_cleared e ON e.rec=r.id LEFT JOIN account a ON a.id=e.account
