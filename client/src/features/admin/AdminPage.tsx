import { useEffect } from 'react';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { lateMiddleware } from '@/store/lateMiddleware';
import { Dashboard } from './Dashboard';
import { KeyForm } from './KeyForm';
import { dashboardMiddleware } from './middleware';
import { dashboardClosed, selectDashboard } from './slice';
import './admin.css';
import './charts.css';
import './panels.css';

lateMiddleware.addMiddleware(dashboardMiddleware);

/** The operator's page: asks for an API key, then shows the hub live. */
export default function AdminPage() {
  const dispatch = useAppDispatch();
  const { status, stats, problem } = useAppSelector(selectDashboard);
  useEffect(() => () => void dispatch(dashboardClosed()), [dispatch]);

  const asking =
    status === 'closed' || status === 'refused' || (stats === null && problem === null);
  return asking ? <KeyForm /> : <Dashboard />;
}
