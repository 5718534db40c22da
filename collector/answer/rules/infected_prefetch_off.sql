-- id: infected.prefetch_off
-- question: infected, missed
-- claim.en: prefetch is switched off; the setting was last changed at {at:time}
-- claim.ja: プリフェッチの停止（設定の最終変更 {at:time}）
-- needs: config
-- steps: set!
-- decides: config
-- level: A=suspected B=suspected C=suspected
-- attack: T1562.001
-- weight: 40
SELECT 'set:prefetch' AS subject,'set' AS step,e.id AS ev,e.proof,json_object('at',e.at) AS params
FROM rec_setting s CROSS JOIN ev_configured e ON e.rec=s.id WHERE s.name='EnablePrefetcher' AND s.value='0'
