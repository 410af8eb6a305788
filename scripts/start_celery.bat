@echo off
rem Start a worker and the scheduler, as the first version did on Windows. Workers confine documents with limits that
rem Windows does not have, so they run in the Windows Subsystem for Linux. Without it: docker compose up -d --build
where wsl >nul 2>nul
if errorlevel 1 (
  echo Bulkpress needs the Windows Subsystem for Linux: "wsl --install", then "make setup" in it. Or Docker: docker compose up -d --build
  exit /b 1
)
wsl --cd "%~dp0.." ./scripts/start_celery.sh
